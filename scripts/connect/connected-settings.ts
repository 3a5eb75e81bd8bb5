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

/** What to connect a settings file to, and what prevents it. */
export interface Connection {
  readonly collectorUrl: string;
  readonly receiverUrl: string;
  /** File with the collector's token, if it requires one. */
  readonly collectorTokenFile?: string | undefined;
  /** Whether the receiver requires a token, which Claude Code must have in its environment. Default: false. */
  readonly receiverWantsToken?: boolean;
  /** Path of the script that hooks and status line run. */
  readonly wrapper: string;
  /** The status line of a settings file with lower precedence, which one in this file would override. */
  readonly inheritedStatusLine?: unknown;
  /** Variables that already send the telemetry elsewhere. */
  readonly conflicts: readonly Conflict[];
  /** Why no hooks are installed, if so. */
  readonly noHooks?: string | undefined;
  /** Why the status line stays unchanged, if so. */
  readonly noStatusLine?: string | undefined;
}

/** One way in which Claude Code reports. */
export interface Source {
  readonly name: 'telemetry' | 'hooks' | 'status line';
  readonly isConnected: boolean;
  /** What it reports, or why it does not and how to change that. */
  readonly sentence: string;
}

/** The settings with ours in them; the same when they are there already. */
export function connectedSettings(settings: Settings, connection: Connection): Settings {
  const steps = [withTelemetry, withOurHooks, withStatusLine, withSubagentStatusLine];
  return steps.reduce((edited, step) => step(edited, connection), settings);
}

/** Names of the settings that are ours, as somebody would look for them by hand. */
export function oursIn(settings: Settings, { receiverUrl }: Pick<Connection, 'receiverUrl'>): string[] {
  const isOurs = (name: string) => isStatusLine(settings[name]) && isWrapped(settings[name]);
  return [
    ...eventsHooked(settings, receiverUrl),
    ...['statusLine', 'subagentStatusLine'].filter(isOurs),
    ...(isHeadersHelper(settings['otelHeadersHelper']) ? ['otelHeadersHelper'] : []),
  ];
}

/** What connecting does, source by source. */
export function sourcesOf(settings: Settings, connection: Connection): Source[] {
  return [telemetrySource(connection), hooksSource(connection), statusLineSource(settings, connection)];
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
  return { ...settings, statusLine: { ...present, command: wrapped(wrapper, url, present.command) } };
}

/** Wraps the user's own; one of ours would make Claude Code print that the setting is deprecated (2.1.332). */
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
  const sentence = `Unchanged: ${first.where} sets ${first.name}=${first.value}. To see it here too, let that collector forward its logs and metrics to ${collectorUrl} (OTLP over HTTP), or remove the setting and connect again.`;
  return { name, isConnected: false, sentence };
}

function hooksSource({ receiverUrl, receiverWantsToken, noHooks }: Connection): Source {
  const name = 'hooks';
  if (noHooks !== undefined) return { name, isConnected: false, sentence: noHooks };
  const token = receiverWantsToken
    ? ` with the token in ${receiverTokenVariable}: set it where Claude Code starts, too`
    : '';
  const sentence = `Report which sessions are resumed, forked and ended (${hookEvents.join(', ')}) to the receiver, ${receiverUrl}${token}. They run in the background and print nothing.`;
  return { name, isConnected: true, sentence };
}

function statusLineSource(settings: Settings, { inheritedStatusLine, noStatusLine }: Connection): Source {
  const name = 'status line';
  if (noStatusLine !== undefined) return { name, isConnected: false, sentence: noStatusLine };
  const present = settings['statusLine'] ?? inheritedStatusLine;
  if (present === undefined || present === null) {
    const sentence =
      'You have none, so a short one is added: `context 71 % of 200k`. The receiver gets its JSON. Claude Code shows fewer key hints beside a status line; --no-status-line leaves it out.';
    return { name, isConnected: true, sentence };
  }
  if (isStatusLine(present)) {
    const sentence = 'Prints what it printed before. The receiver gets its JSON, too.';
    return { name, isConnected: true, sentence };
  }
  const sentence = 'Unchanged: `statusLine` is not of the form {"type": "command", "command": "…"}.';
  return { name, isConnected: false, sentence };
}
