import { StackError } from '../../compose/system/stack-error.ts';

/** A settings file's content. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * The events that Claude Code posts to the receiver. Only two, because while the receiver is down Claude Code shows an
 * error at each: a compaction and the end of a session are rare, and nothing else says the latter. The others carry no
 * token figures and the user's own words, come with every prompt or tool call, and say no more than the status line and
 * the telemetry do; PreCompact can still be refused and would hold the compaction up; SessionStart does not go over HTTP.
 *
 * @see https://code.claude.com/docs/en/hooks
 */
export const hookEvents = ['PostCompact', 'SessionEnd'] as const;

/** Claude Code's first release that knows all of the events; one before 2.1.101 drops a settings file for an unknown one. */
export const hooksSince = '2.1.76';

/** The variable of Claude Code's environment with the token of a receiver that wants one: settings name it and do not hold it. */
export const receiverTokenVariable = 'CTXD_RECEIVER_TOKEN';

/**
 * Settings with our hooks beside those that are there.
 *
 * @param withToken - whether they send the receiver's token.
 */
export function withHooks(settings: Settings, receiverUrl: string, withToken: boolean): Settings {
  const hooks = objectAt(settings, 'hooks');
  const added = hookEvents.flatMap((event) => {
    const groups = groupsAt(hooks, event);
    return groups.some((group) => posts(group, receiverUrl))
      ? []
      : [[event, [...groups, group(receiverUrl, withToken)]]];
  });
  return added.length === 0 ? settings : { ...settings, hooks: { ...hooks, ...Object.fromEntries(added) } };
}

/**
 * The events that settings post to the receiver, as names to look for: `hooks.SessionEnd`.
 *
 * @param withToken - only those that send the receiver's token. Default: all.
 */
export function eventsPosted(settings: Settings, receiverUrl: string, withToken = false): string[] {
  const hooks = (settings['hooks'] ?? {}) as Settings;
  const isPosted = (groups: unknown) =>
    Array.isArray(groups) && groups.some((group) => posts(group, receiverUrl, withToken));
  return hookEvents.filter((event) => isPosted(hooks[event])).map((event) => `hooks.${event}`);
}

/** The object under a name of the settings; empty when there is none. Throws when it is something else. */
export function objectAt(settings: Settings, name: string): Settings {
  const value = settings[name] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Settings;
  throw wrongType(name, 'an object', value);
}

/** The address of the receiver's hooks. */
export function hooksUrl(receiverUrl: string): string {
  return `${receiverUrl}/claude-code/hooks`;
}

function groupsAt(hooks: Settings, event: string): readonly unknown[] {
  const groups = hooks[event] ?? [];
  if (Array.isArray(groups)) return groups;
  throw wrongType(`hooks.${event}`, 'an array', groups);
}

function group(receiverUrl: string, withToken: boolean) {
  const token = {
    headers: { Authorization: `Bearer $${receiverTokenVariable}` },
    allowedEnvVars: [receiverTokenVariable],
  };
  return { hooks: [{ type: 'http', url: hooksUrl(receiverUrl), timeout: 1, ...(withToken && token) }] };
}

function posts(group: unknown, receiverUrl: string, withToken = false): boolean {
  const { hooks } = (group ?? {}) as { hooks?: unknown };
  const isOurs = (hook: { url?: unknown; headers?: unknown } | null) =>
    hook?.url === hooksUrl(receiverUrl) && (!withToken || hook.headers !== undefined);
  return Array.isArray(hooks) && hooks.some(isOurs);
}

function wrongType(name: string, rule: string, value: unknown): StackError {
  const got = Array.isArray(value) ? 'an array' : `${JSON.stringify(value).slice(0, 64)} (${typeof value})`;
  return new StackError(`Expected \`${name}\` to be ${rule}, got ${got}`, {
    remedy: 'Claude Code does not accept it either: correct it or take it out, then run the command again.',
  });
}
