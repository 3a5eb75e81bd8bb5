import { expect, test } from 'vitest';
import { EmbeddingMeter } from '../embeddings.ts';
import { startReceiver } from './index.ts';
import { gatewayUsage, SessionTracker } from './claude-code.ts';
import { SessionRegistry } from '../registry.ts';
import { sessionMetricReader, startTelemetry } from '../telemetry.ts';

const registry = new SessionRegistry();
const create: Record<string, (options: never) => unknown> = {
  SessionRegistry: (options) => new SessionRegistry(options),
  SessionTracker: (options) => new SessionTracker(options),
  EmbeddingMeter: (options) => new EmbeddingMeter(options),
  sessionMetricReader,
  startTelemetry,
  gatewayUsage,
};

test.each([
  [
    'SessionRegistry',
    { maxSession: 5 },
    'Expected `maxSession` to be an option of `SessionRegistry`, one of idleTimeoutMillis, maxSessions, clock, thresholds, got `5` (number)\nDid you mean `maxSessions`?',
  ],
  [
    'SessionRegistry',
    { thresholds: { warning: 80, critical: 95 } },
    'Expected the `thresholds.warning.percent` option to be a percentage above 0 and up to 100, got `undefined` (undefined)\nUse `thresholdsFrom(',
  ],
  [
    'SessionRegistry',
    { thresholds: { warning: { percent: 80 }, critical: { percent: 101 } } },
    'Expected the `thresholds.critical.percent` option to be a percentage above 0 and up to 100, got `101` (number)',
  ],
  [
    'SessionRegistry',
    { thresholds: { warning: { percent: 90 }, critical: { percent: 80 } } },
    'Expected the `thresholds.warning.percent` option to be below `thresholds.critical.percent`, 80, got `90` (number)',
  ],
  ['SessionRegistry', { thresholds: null }, 'Expected the `thresholds.warning.percent` option to be'],
  [
    'SessionRegistry',
    { clock: Date },
    'Expected the `clock` option to be a { now, monotonic }, got `function Date',
  ],
  ['SessionRegistry', 5, 'Expected the options of `SessionRegistry` to be an object, got `5` (number)'],
  [
    'startTelemetry',
    undefined,
    'Expected the `registry` option to be a SessionRegistry, got `undefined` (undefined)\nCreate one',
  ],
  [
    'startTelemetry',
    { registry, endpoint: 'x' },
    'Expected `endpoint` to be an option of `startTelemetry`, one of registry, series, exportIntervalMillis, url, protocol, headers, serviceName, instanceId, shutdownTimeoutMillis, flushOnSignals, got `x` (string)\nRemove it.',
  ],
  [
    'startTelemetry',
    { registry, url: 'collector:4318' },
    'Expected the `url` option to be an http or https URL, got `collector:4318` (string)\nGive the whole URL',
  ],
  [
    'startTelemetry',
    { registry, headers: { a: 1 } },
    'Expected the `headers` option to be an object of texts, got `[object Object]` (object)',
  ],
  [
    'startTelemetry',
    { registry, series: () => [] },
    'Expected the `series` option to be a list of functions, got `() => []` (function)',
  ],
  [
    'startTelemetry',
    { registry, flushOnSignals: 1 },
    'Expected the `flushOnSignals` option to be a boolean, got `1` (number)',
  ],
  [
    'startTelemetry',
    { registry, serviceName: ' ' },
    'Expected the `serviceName` option to be a text that is not empty, got ` ` (string)',
  ],
  [
    'sessionMetricReader',
    { registry, serviceName: 'x' },
    'Expected `serviceName` to be an option of `sessionMetricReader`',
  ],
  [
    'EmbeddingMeter',
    { prices: {} },
    'Expected `prices` to be an option of `EmbeddingMeter`, one of pricesUsdPerMillionTokens, got `[object Object]` (object)\nDid you mean `pricesUsdPerMillionTokens`?',
  ],
  ['gatewayUsage', {}, 'Expected the `accept` option to be a function, got `undefined` (undefined)'],
  [
    'SessionTracker',
    { maxSessions: 0 },
    'Expected the `maxSessions` option to be a positive integer, got `0` (number)',
  ],
] as const)('%s refuses %o in a sentence', (name, options, sentence) => {
  expect(() => create[name]!(options as never)).toThrow(sentence);
});

test.each([
  [{ port: 65_536 }, 'Expected the `port` option to be a port from 0 to 65535, got `65536` (number)'],
  [
    { allowedHosts: 'desk' },
    'Expected the `allowedHosts` option to be a list of host names, got `desk` (string)',
  ],
  [{ transcripts: '/x' }, 'Expected `transcripts` to be an option of `startReceiver`'],
  [{ metricsUrl: true }, 'Expected the `metricsUrl` option to be a URL or false, got `true` (boolean)'],
])('startReceiver refuses %o in a sentence', async (options, sentence) => {
  await expect(startReceiver(options as never)).rejects.toThrow(sentence);
});
