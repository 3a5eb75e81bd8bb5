import {
  isObject,
  isPositiveInteger,
  optional,
  optionalBoolean,
  optionalFunction,
  optionalMillis,
  optionalText,
  type OptionChecks,
} from '../expectation.ts';
import { optionalClock } from '../clock.ts';
import { optionalThresholds } from '../thresholds.ts';
import type { ReceiverOptions } from './receiver.ts';

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
  page: optionalObject('a ReceiverPage'),
};
