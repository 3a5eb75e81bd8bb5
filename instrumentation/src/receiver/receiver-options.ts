import {
  isObject,
  isPositiveInteger,
  optional,
  optionalBoolean,
  optionalCount,
  optionalFunction,
  optionalMillis,
  optionalText,
  type OptionChecks,
} from '../expectation.ts';
import { optionalClock, type Clock } from '../clock.ts';
import { optionalThresholds, type Thresholds } from '../thresholds.ts';
import type { AutoCompactWindow } from './claude-window-settings.ts';
import type { Notify, ReceiverPage } from './http/receiver-app.ts';
import type { WindowSettings } from './sessions/model-windows.ts';
import type { WatchedServer } from './watch/server.ts';

/** Options of `startReceiver`. */
export interface ReceiverOptions {
  /** Address to listen on. Default `127.0.0.1`; any address other than loopback needs a token. */
  readonly host?: string;
  /** Port to listen on. Default 4319; 0 picks a free one. */
  readonly port?: number;
  /** Bearer token that requests must carry. Default: none. */
  readonly token?: string | undefined;
  /** Further host names that requests may use besides those of loopback. Default: none. */
  readonly allowedHosts?: readonly string[];
  /** Whether something else keeps strangers out, so that no address needs a token. Default `false`. */
  readonly isShielded?: boolean;
  /** File that keeps the sessions across restarts. Default: none, and they are lost. */
  readonly snapshotPath?: string | undefined;
  /** Claude Code's `projects` folder; the receiver follows the transcripts in it. Default: none. */
  readonly transcriptsFolder?: string | undefined;
  /** Milliseconds between two reads of the transcripts. Default 2,000. */
  readonly transcriptIntervalMillis?: number;
  /** Claude Code's `sessions` folder, which tells which sessions run. Default: none. */
  readonly sessionsFolder?: string | undefined;
  /** Milliseconds between two reads of that folder. Default 1,000. */
  readonly sessionIntervalMillis?: number;
  /** Name of this machine, the `host` of its sessions. Default: its host name. */
  readonly hostName?: string | undefined;
  /** Most live sessions; beyond it the least recently active one is dropped. Positive integer, default 10,000. */
  readonly maxSessions?: number | undefined;
  /** Window sizes from the environment. Default: none. */
  readonly windows?: WindowSettings;
  /** Returns Claude Code's current setting `autoCompactWindow`, in tokens. Default: not set. */
  readonly autoCompactWindow?: AutoCompactWindow;
  /** Shares of the window at which a crossing counts. Default: from the environment, 70 and 90 unless it sets others. */
  readonly thresholds?: Thresholds;
  /** Share of the tokens at which a session is compacted from which on it is exported, in percent. Default 95. */
  readonly compactionPercent?: number;
  /** What a session that asks is to read, with `{percent}` and `{left}`, tokens such as `18k`, to fill in. Default: a sentence that asks for a checkpoint. */
  readonly nudge?: string | undefined;
  /** Whether to keep and export a hash in place of an account's id. Default `false`. */
  readonly hashesAccounts?: boolean;
  /** Milliseconds without activity after which a session expires. Default 3,600,000 (1 hour). */
  readonly idleTimeoutMillis?: number;
  /** The collector's URL with its path. Default: from `OTEL_EXPORTER_OTLP_*`. `false`: no export. */
  readonly metricsUrl?: string | false | undefined;
  /** The collector's bearer token. Default: none. */
  readonly metricsToken?: string | undefined;
  /** The stack whose alerts are kept right while parts of it are away. Default: none. */
  readonly watched?: { readonly alertmanager: WatchedServer; readonly store: WatchedServer } | undefined;
  /** Source of time. Default: the clocks of this process. */
  readonly clock?: Clock;
  /** Receives each warning for the user, one sentence per call. Default: prints to standard error. */
  readonly warn?: (sentence: string) => void;
  /** Shows a notification of Alertmanager's on the desktop. Default: it is refused. */
  readonly notify?: Notify | undefined;
  /** A page that is served to browsers beside the receiver's own paths. Default: none. */
  readonly page?: ReceiverPage | undefined;
}

const optionalObject = (rule: string) => optional(rule, isObject, 'See `receiverOptionsFrom`.');

/** The checks of {@link ReceiverOptions}. */
export const receiverChecks: OptionChecks<ReceiverOptions> = {
  host: optionalText,
  port: optional(
    'a port from 0 to 65535',
    (port) => port === 0 || (isPositiveInteger(port) && (port as number) <= 65_535),
    'Give a port, or 0 for a free one.',
  ),
  token: optional('a text', (token) => typeof token === 'string', 'Give the bearer token.'),
  allowedHosts: optional(
    'a list of host names',
    (hosts) => Array.isArray(hosts) && hosts.every((host) => typeof host === 'string'),
    "Give a list, such as ['desk.local'].",
  ),
  isShielded: optionalBoolean,
  snapshotPath: optionalText,
  transcriptsFolder: optionalText,
  transcriptIntervalMillis: optionalMillis,
  sessionsFolder: optionalText,
  sessionIntervalMillis: optionalMillis,
  hostName: optionalText,
  windows: optionalObject('a WindowSettings'),
  autoCompactWindow: optionalFunction('Give a function that returns tokens or nothing.'),
  thresholds: optionalThresholds,
  compactionPercent: optional(
    'a number from 1 to 100',
    (percent) => typeof percent === 'number' && percent >= 1 && percent <= 100,
    'Give percent, such as 95.',
  ),
  nudge: optionalText,
  hashesAccounts: optionalBoolean,
  maxSessions: optionalCount,
  idleTimeoutMillis: optionalMillis,
  metricsUrl: optional(
    'a URL or false',
    (url) => url === false || typeof url === 'string',
    "Give the collector's URL with its path, or false for no export.",
  ),
  metricsToken: optional('a text', (token) => typeof token === 'string', 'Give the bearer token.'),
  watched: optionalObject('{ alertmanager, store }'),
  clock: optionalClock,
  warn: optionalFunction('Give a function that takes a sentence.'),
  notify: optionalFunction('Give a function that shows a notification.'),
  page: optionalObject('a ReceiverPage'),
};
