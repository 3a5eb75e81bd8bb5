import { StackError } from '../../compose/system/stack-error.ts';
import { wrapped, wrapperName } from './status-line.ts';

/** A settings file's content. */
export type Settings = Readonly<Record<string, unknown>>;

/** Where hooks report to, and the script that reports. */
export interface HookTarget {
  readonly receiverUrl: string;
  /** Path of the script. */
  readonly wrapper: string;
}

/**
 * The hooks that connect installs, each with its matcher if it has one. Only those that say something first: how large a
 * conversation is that was resumed or forked, before its first request; and an end. The others come with every prompt or
 * tool call, carry the user's own words, and add nothing to the status line and the telemetry. Claude Code prints a line
 * about each PostCompact hook, even one that runs in the background (2.1.332); telemetry and transcripts report compactions.
 *
 * @see https://code.claude.com/docs/en/hooks
 */
const hookMatchers = { SessionStart: 'resume|fork', SessionEnd: undefined } as const;

/** The events of those hooks. */
export const hookEvents = Object.keys(hookMatchers) as readonly (keyof typeof hookMatchers)[];

/** The oldest release of Claude Code that gets hooks. One before 2.1.101 drops a settings file for an event it does not know. */
export const hooksSince = '2.1.76';

/** The environment variable with the receiver's token. It is never written to a settings file. */
export const receiverTokenVariable = 'CTXD_RECEIVER_TOKEN';

/** Settings with our hooks beside those that are there. Hooks of an older connection are replaced. */
export function withHooks(settings: Settings, target: HookTarget): Settings {
  const present = withoutOurs(objectAt(settings, 'hooks'), target);
  const wanted = hookEvents.map((event) => [event, [...groupsAt(present, event), groupFor(event, target)]]);
  return { ...settings, hooks: { ...present, ...Object.fromEntries(wanted) } };
}

/** The events of our hooks in the settings, as names to look for: `hooks.SessionEnd`. */
export function eventsHooked(settings: Settings, receiverUrl: string): string[] {
  return eventsWith(settings, (group) => isOurs(group, receiverUrl));
}

/** The same, for the hooks of an older connection. They report over HTTP, and fail aloud while the stack is down. */
export function eventsPosted(settings: Settings, receiverUrl: string): string[] {
  return eventsWith(settings, (group) => hooksIn(group).some((hook) => isPost(hook, receiverUrl)));
}

/** The object under a name of the settings; empty when there is none. Throws when it is something else. */
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

/** Asynchronous: Claude Code waits for nothing and prints nothing, whether the receiver answers or not. */
function groupFor(event: (typeof hookEvents)[number], { wrapper, receiverUrl }: HookTarget) {
  const matcher = hookMatchers[event];
  const command = wrapped(wrapper, hooksUrl(receiverUrl), 'true');
  return {
    ...(matcher !== undefined && { matcher }),
    hooks: [{ type: 'command', command, async: true, timeout: 5 }],
  };
}

/** Whether a group holds our hook and nothing else. */
function isOurs(group: unknown, receiverUrl: string): boolean {
  const hooks = hooksIn(group);
  const ends = `/${wrapperName}' '${hooksUrl(receiverUrl)}' 'true'`;
  return (
    hooks.length > 0 &&
    hooks.every(
      (hook) =>
        isPost(hook, receiverUrl) || (typeof hook.command === 'string' && hook.command.endsWith(ends)),
    )
  );
}

function isPost(hook: Hook, receiverUrl: string): boolean {
  return hook.url === hooksUrl(receiverUrl);
}

function hooksIn(group: unknown): readonly Hook[] {
  const { hooks } = (group ?? {}) as { hooks?: unknown };
  return Array.isArray(hooks) ? hooks.map((hook: Hook | null) => hook ?? {}) : [];
}

const hooksUrl = (receiverUrl: string) => `${receiverUrl}/claude-code/hooks`;

function wrongType(name: string, rule: string, value: unknown): StackError {
  const got = Array.isArray(value) ? 'an array' : `${JSON.stringify(value).slice(0, 64)} (${typeof value})`;
  return new StackError(`Expected \`${name}\` to be ${rule}, got ${got}`, {
    remedy: 'Claude Code rejects it too. Correct it or remove it, then run the command again.',
  });
}
