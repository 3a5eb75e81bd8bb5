import { StackError } from '../../compose/system/stack-error.ts';
import { wrapped, wrapperName } from './status-line.ts';

/** The content of a settings file. */
export type Settings = Readonly<Record<string, unknown>>;

/** Where hooks report to, and the script that they run. */
export interface HookTarget {
  readonly receiverUrl: string;
  /** Path of the script. */
  readonly wrapper: string;
  /** Whether prompts get a sentence when the window fills. Default: no. */
  readonly nudge?: boolean | undefined;
}

/**
 * The hooks that connect installs, with their matchers. Only these report something before any other source does: the size
 * of a resumed or forked conversation before its first request, and the end of a session. The other hooks run on every
 * prompt or tool call, contain the user's own words, and add nothing to the status line and the telemetry. Claude Code
 * prints a line for each PostCompact hook, even in the background (2.1.332); telemetry and transcripts report compactions.
 *
 * @see https://code.claude.com/docs/en/hooks
 */
const hookMatchers = { SessionStart: 'resume|fork', SessionEnd: undefined } as const;

/** The events that connect installs hooks for. */
export const hookEvents = Object.keys(hookMatchers) as readonly (keyof typeof hookMatchers)[];

/** The oldest release of Claude Code that gets hooks. Before 2.1.101, an unknown event makes it ignore the whole settings file. */
export const hooksSince = '2.1.76';

/** The environment variable with the receiver's token. It is never written to a settings file. */
export const receiverTokenVariable = 'CTXD_RECEIVER_TOKEN';

/** The event of the hook that adds a sentence to a prompt, if the user wants that. */
export const nudgeEvent = 'UserPromptSubmit';

/** Adds our hooks to the settings. Keeps the user's hooks and replaces those of an older connection. */
export function withHooks(settings: Settings, target: HookTarget): Settings {
  const present = withoutOurs(objectAt(settings, 'hooks'), target);
  const groups = [
    ...hookEvents.map((event) => [event, groupFor(event, target)] as const),
    ...(target.nudge ? [[nudgeEvent, nudgeGroup(target)] as const] : []),
  ];
  const wanted = groups.map(([event, group]) => [event, [...groupsAt(present, event), group]]);
  return { ...settings, hooks: { ...present, ...Object.fromEntries(wanted) } };
}

/** The names of the settings that hold our hooks, such as `hooks.SessionEnd`. */
export function eventsHooked(settings: Settings, receiverUrl: string): string[] {
  return eventsWith(settings, (group) => isOurs(group, receiverUrl));
}

/** The names of the settings that hold hooks of an older connection. They use HTTP and print errors while the stack is down. */
export function eventsPosted(settings: Settings, receiverUrl: string): string[] {
  return eventsWith(settings, (group) => hooksIn(group).some((hook) => isPost(hook, receiverUrl)));
}

/** The object with a name in the settings; empty if it is absent. Throws if the value is not an object. */
export function objectAt(settings: Settings, name: string): Settings {
  const value = settings[name] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Settings;
  throw wrongType(name, 'an object', value);
}

function withoutOurs(hooks: Settings, { receiverUrl }: HookTarget): Settings {
  const kept = Object.entries(hooks).map(([event, groups]) => {
    if (!Array.isArray(groups)) return [event, groups];
    const others = groups.filter((group) => !isOurs(group, receiverUrl));
    return others.length === 0 && groups.length > 0 ? [] : [event, others];
  });
  return Object.fromEntries(kept.filter(({ length }) => length > 0)) as Settings;
}

interface Hook {
  readonly url?: unknown;
  readonly command?: unknown;
}

function eventsWith(settings: Settings, has: (group: unknown) => boolean): string[] {
  const hooks = (settings['hooks'] ?? {}) as Settings;
  return Object.keys(hooks)
    .filter((event) => {
      const groups = hooks[event];
      return Array.isArray(groups) && groups.some(has);
    })
    .map((event) => `hooks.${event}`);
}

function groupsAt(hooks: Settings, event: string): readonly unknown[] {
  const groups = hooks[event] ?? [];
  if (Array.isArray(groups)) return groups;
  throw wrongType(`hooks.${event}`, 'an array', groups);
}

/** Asynchronous, so that Claude Code neither waits nor prints anything, whether the receiver answers or not. */
function groupFor(event: (typeof hookEvents)[number], { wrapper, receiverUrl }: HookTarget) {
  const matcher = hookMatchers[event];
  const command = wrapped(wrapper, hooksUrl(receiverUrl), 'true');
  return {
    ...(matcher !== undefined && { matcher }),
    hooks: [{ type: 'command', command, async: true, timeout: 5 }],
  };
}

/** Claude Code waits for it, and adds what it prints to the prompt. */
function nudgeGroup({ wrapper, receiverUrl }: HookTarget) {
  const command = wrapped(wrapper, nudgeUrl(receiverUrl), 'nudge');
  return { hooks: [{ type: 'command', command, timeout: 1 }] };
}

/** Whether a group contains only hooks of ours. */
function isOurs(group: unknown, receiverUrl: string): boolean {
  const hooks = hooksIn(group);
  const ends = [`${hooksUrl(receiverUrl)}' 'true'`, `${nudgeUrl(receiverUrl)}' 'nudge'`];
  const isCommand = (command: unknown) =>
    typeof command === 'string' && ends.some((end) => command.endsWith(`/${wrapperName}' '${end}`));
  return hooks.length > 0 && hooks.every((hook) => isPost(hook, receiverUrl) || isCommand(hook.command));
}

function isPost(hook: Hook, receiverUrl: string): boolean {
  return hook.url === hooksUrl(receiverUrl);
}

function hooksIn(group: unknown): readonly Hook[] {
  const { hooks } = (group ?? {}) as { hooks?: unknown };
  return Array.isArray(hooks) ? hooks.map((hook: Hook | null) => hook ?? {}) : [];
}

const nudgeUrl = (receiverUrl: string) => `${receiverUrl}/v1/sessions`;
const hooksUrl = (receiverUrl: string) => `${receiverUrl}/claude-code/hooks`;

function wrongType(name: string, rule: string, value: unknown): StackError {
  const got = Array.isArray(value) ? 'an array' : `${JSON.stringify(value).slice(0, 64)} (${typeof value})`;
  return new StackError(`Expected \`${name}\` to be ${rule}, got ${got}`, {
    remedy: 'Claude Code rejects it too. Correct it or remove it, then run the command again.',
  });
}
