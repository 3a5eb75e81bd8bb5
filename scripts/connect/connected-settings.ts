import {
  eventsPosted,
  hookEvents,
  objectAt,
  receiverTokenVariable,
  type Settings,
  withHooks,
} from './hooks.ts';
import { isStatusLine, isWrapped, wrapped } from './status-line.ts';
import { type Conflict, headersHelper, isHeadersHelper, isSet, telemetryVariables } from './telemetry.ts';

/** What a settings file is to be connected to, and what stands in the way. */
export interface Connection {
  readonly collectorUrl: string;
  readonly receiverUrl: string;
  /** File with the token that the collector wants, if it wants one. */
  readonly collectorTokenFile?: string | undefined;
  /** Whether the receiver wants a token; Claude Code then finds it in its environment. */
  readonly receiverWantsToken?: boolean;
  /** Path of the status line's wrapper. */
  readonly wrapper: string;
  /** The status line that a weaker settings file sets, and that one in this file would replace. */
  readonly inheritedStatusLine?: unknown;
  /** Variables that send the telemetry elsewhere already. */
  readonly conflicts: readonly Conflict[];
  /** Why hooks stay out, if they do. */
  readonly noHooks?: string | undefined;
  /** Why the status line stays as it is, if it does. */
  readonly noStatusLine?: string | undefined;
}

/** One of the ways in which Claude Code reports. */
export interface Source {
  readonly name: 'telemetry' | 'hooks' | 'status line';
  readonly isConnected: boolean;
  /** What it reports, or why it does not and what to do. */
  readonly sentence: string;
}

/** The settings with ours in them; the same when they are there already. */
export function connectedSettings(settings: Settings, connection: Connection): Settings {
  const steps = [withTelemetry, withOurHooks, withStatusLine];
  return steps.reduce((edited, step) => step(edited, connection), settings);
}

/** What of ours settings hold: the names that somebody would look for by hand. */
export function oursIn(settings: Settings, { receiverUrl }: Pick<Connection, 'receiverUrl'>): string[] {
  const { statusLine, otelHeadersHelper } = settings;
  return [
    ...eventsPosted(settings, receiverUrl),
    ...(isStatusLine(statusLine) && isWrapped(statusLine) ? ['statusLine'] : []),
    ...(isHeadersHelper(otelHeadersHelper) ? ['otelHeadersHelper'] : []),
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

function withOurHooks(
  settings: Settings,
  { receiverUrl, receiverWantsToken = false, noHooks }: Connection,
): Settings {
  return noHooks === undefined ? withHooks(settings, receiverUrl, receiverWantsToken) : settings;
}

function withStatusLine(settings: Settings, connection: Connection): Settings {
  const { receiverUrl, wrapper, noStatusLine } = connection;
  const present = settings['statusLine'] ?? connection.inheritedStatusLine;
  if (noStatusLine !== undefined) return settings;
  if (present === undefined || present === null) {
    return { ...settings, statusLine: { type: 'command', command: wrapped(wrapper, receiverUrl) } };
  }
  if (!isStatusLine(present) || isWrapped(present)) return settings;
  return { ...settings, statusLine: { ...present, command: wrapped(wrapper, receiverUrl, present.command) } };
}

function telemetrySource({ collectorUrl, collectorTokenFile, conflicts }: Connection): Source {
  const name = 'telemetry';
  const [first] = conflicts;
  if (first === undefined) {
    const token = collectorTokenFile === undefined ? '' : `, with the token in ${collectorTokenFile}`;
    const sentence = `The token counts of each request go to the collector, ${collectorUrl}${token}.`;
    return { name, isConnected: true, sentence };
  }
  const sentence = `Left as it is: ${first.where} has ${first.name}=${first.value}. To see it here as well, let that collector forward its logs and metrics to ${collectorUrl} (OTLP over HTTP); or take that out and connect again.`;
  return { name, isConnected: false, sentence };
}

function hooksSource({ receiverUrl, receiverWantsToken, noHooks }: Connection): Source {
  const name = 'hooks';
  if (noHooks !== undefined) return { name, isConnected: false, sentence: noHooks };
  const sentence = `Compactions and the end of sessions (${hookEvents.join(', ')}) go to the receiver, ${receiverUrl}${receiverWantsToken ? `, with the token in ${receiverTokenVariable}: set it where Claude Code starts` : ''}.`;
  return { name, isConnected: true, sentence };
}

function statusLineSource(settings: Settings, { inheritedStatusLine, noStatusLine }: Connection): Source {
  const name = 'status line';
  if (noStatusLine !== undefined) return { name, isConnected: false, sentence: noStatusLine };
  const present = settings['statusLine'] ?? inheritedStatusLine;
  if (present === undefined || present === null) {
    const sentence =
      'A small one, `context 71 % of 200k`, since there is none; the receiver gets what it is told. Claude Code shows fewer key hints beside a status line: --no-status-line leaves it out.';
    return { name, isConnected: true, sentence };
  }
  if (isStatusLine(present)) {
    const sentence = 'Prints what it printed before; the receiver gets what it is told, too.';
    return { name, isConnected: true, sentence };
  }
  const sentence = 'Left as it is: `statusLine` is not of the form {"type": "command", "command": "…"}.';
  return { name, isConnected: false, sentence };
}
