import {
  eventsHooked,
  hookEvents,
  objectAt,
  receiverTokenVariable,
  type Settings,
  withHooks,
} from './hooks.ts';
import { isStatusLine, isWrapped, statusLineUrl, wrapped } from './status-line.ts';
import { type Conflict, headersHelper, isHeadersHelper, isSet, telemetryVariables } from './telemetry.ts';

/** The addresses that connected settings report to, and the reason for each source that is left out. */
export interface Connection {
  readonly collectorUrl: string;
  readonly receiverUrl: string;
  /** The file that holds the collector's token, if the collector requires one. */
  readonly collectorTokenFile?: string | undefined;
  /** Whether the receiver requires a token. Claude Code then needs it in its environment. Default: false. */
  readonly receiverWantsToken?: boolean;
  /** Path of the script that the hooks and the status line run. */
  readonly wrapper: string;
  /** The status line from a settings file with lower precedence. A status line in this file overrides it. */
  readonly inheritedStatusLine?: unknown;
  /** Variables that already send telemetry elsewhere. */
  readonly conflicts: readonly Conflict[];
  /** Why no hooks are installed. Absent if they are. */
  readonly noHooks?: string | undefined;
  /** Whether prompts get a sentence when the window fills. Default: no. */
  readonly nudge?: boolean | undefined;
  /** Whether ctxd's status line replaces the user's. Default: it stays. */
  readonly replaceStatusLine?: boolean | undefined;
  /** Why the status line stays unchanged. Absent if it is connected. */
  readonly noStatusLine?: string | undefined;
}

/** A way in which Claude Code reports. */
export interface Source {
  readonly name: 'telemetry' | 'hooks' | 'nudge' | 'status line';
  readonly isConnected: boolean;
  /** What it reports; if it is not connected, why not and how to change that. */
  readonly sentence: string;
}

/** Adds our settings. Settings that already contain them stay the same. */
export function connectedSettings(settings: Settings, connection: Connection): Settings {
  const steps = [withTelemetry, withOurHooks, withStatusLine, withSubagentStatusLine];
  return steps.reduce((edited, step) => step(edited, connection), settings);
}

/** The names of our settings, as a user would look for them in the file: `hooks.SessionEnd`, `statusLine`. */
export function oursIn(settings: Settings, { receiverUrl }: Pick<Connection, 'receiverUrl'>): string[] {
  const isOurs = (name: string) => isStatusLine(settings[name]) && isWrapped(settings[name]);
  return [
    ...eventsHooked(settings, receiverUrl),
    ...['statusLine', 'subagentStatusLine'].filter(isOurs),
    ...(isHeadersHelper(settings['otelHeadersHelper']) ? ['otelHeadersHelper'] : []),
  ];
}

/** Describes what connecting does to each source. */
export function sourcesOf(settings: Settings, connection: Connection): Source[] {
  return [
    telemetrySource(connection),
    hooksSource(connection),
    ...nudgeSource(connection),
    statusLineSource(settings, connection),
  ];
}

function withTelemetry(settings: Settings, connection: Connection): Settings {
  const { collectorUrl, collectorTokenFile, conflicts } = connection;
  const env = objectAt(settings, 'env');
  const wanted = Object.entries(telemetryVariables(collectorUrl));
  const missing = wanted.filter(([name]) => !isSet(env[name]));
  if (conflicts.length > 0) return settings;
  return {
    ...settings,
    ...(missing.length > 0 && { env: { ...env, ...Object.fromEntries(missing) } }),
    ...(collectorTokenFile !== undefined && { otelHeadersHelper: headersHelper(collectorTokenFile) }),
  };
}

function withOurHooks(settings: Settings, connection: Connection): Settings {
  return connection.noHooks === undefined ? withHooks(settings, connection) : settings;
}

function withStatusLine(settings: Settings, connection: Connection): Settings {
  const { receiverUrl, wrapper, noStatusLine } = connection;
  const present = settings['statusLine'] ?? connection.inheritedStatusLine;
  const url = statusLineUrl(receiverUrl);
  if (noStatusLine !== undefined) return settings;
  if (present === undefined || present === null) {
    return { ...settings, statusLine: { type: 'command', command: wrapped(wrapper, url) } };
  }
  if (!isStatusLine(present) || isWrapped(present)) return settings;
  const own = connection.replaceStatusLine ? undefined : present.command;
  return { ...settings, statusLine: { ...present, command: wrapped(wrapper, url, own) } };
}

/** Only wraps the user's own. If we added one, Claude Code would warn that the setting is deprecated (2.1.332). */
function withSubagentStatusLine(settings: Settings, connection: Connection): Settings {
  const { receiverUrl, wrapper, noStatusLine } = connection;
  const { subagentStatusLine: present } = settings;
  if (noStatusLine !== undefined || !isStatusLine(present) || isWrapped(present)) return settings;
  const command = wrapped(wrapper, statusLineUrl(receiverUrl), present.command);
  return { ...settings, subagentStatusLine: { ...present, command } };
}

function telemetrySource({ collectorUrl, collectorTokenFile, conflicts }: Connection): Source {
  const name = 'telemetry';
  const [first] = conflicts;
  if (first === undefined) {
    const token = collectorTokenFile === undefined ? '' : ` with the token in ${collectorTokenFile}`;
    const sentence = `Sends the token counts of each request to the collector, ${collectorUrl}${token}.`;
    return { name, isConnected: true, sentence };
  }
  const sentence = `Unchanged: ${first.where} sets ${first.name}=${first.value}. To see the telemetry here too, have that collector forward its logs and metrics to ${collectorUrl} (OTLP over HTTP), or remove the setting and connect again.`;
  return { name, isConnected: false, sentence };
}

function hooksSource({ receiverUrl, receiverWantsToken, noHooks }: Connection): Source {
  const name = 'hooks';
  if (noHooks !== undefined) return { name, isConnected: false, sentence: noHooks };
  const token = receiverWantsToken
    ? ` with the token in ${receiverTokenVariable}; set it where Claude Code starts, too`
    : '';
  const sentence = `Report resumed, forked and ended sessions (${hookEvents.join(', ')}) to the receiver, ${receiverUrl}${token}. They run in the background and print nothing.`;
  return { name, isConnected: true, sentence };
}

function nudgeSource({ nudge, noHooks }: Connection): Source[] {
  if (!nudge || noHooks !== undefined) return [];
  const sentence =
    'Adds one sentence to a session when it crosses a threshold, and one when it soon compacts. Sends the id of the session, and no prompt.';
  return [{ name: 'nudge', isConnected: true, sentence }];
}

function statusLineSource(settings: Settings, connection: Connection): Source {
  const { inheritedStatusLine, noStatusLine, replaceStatusLine } = connection;
  const name = 'status line';
  if (noStatusLine !== undefined) return { name, isConnected: false, sentence: noStatusLine };
  const present = settings['statusLine'] ?? inheritedStatusLine;
  if (present === undefined || present === null) {
    const sentence =
      'You have none, so that of ctxd is added: `shop ▓▓▓▓░ 75 % · full in 12m · 2 others ⚠`. It also sends its JSON to the receiver. Claude Code shows fewer key hints next to a status line; to do without one: --no-status-line.';
    return { name, isConnected: true, sentence };
  }
  if (isStatusLine(present)) {
    const sentence = replaceStatusLine
      ? 'Replaced by that of ctxd until you disconnect: `shop ▓▓▓▓░ 75 % · full in 12m · 2 others ⚠`.'
      : 'Looks the same as before, and also sends its JSON to the receiver. For that of ctxd instead: --replace-status-line.';
    return { name, isConnected: true, sentence };
  }
  const sentence = 'Unchanged: `statusLine` does not have the form {"type": "command", "command": "…"}.';
  return { name, isConnected: false, sentence };
}
