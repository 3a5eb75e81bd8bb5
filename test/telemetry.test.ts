import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { diag, DiagLogLevel, metrics as otelMetrics } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type IMetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { processMetrics, sessionMetrics, SessionRegistry, sparseMetrics } from 'koa-context-window';
import { sessionMetricReader, startTelemetry, type TelemetryOptions } from 'koa-context-window/telemetry';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runCommand } from '../compose/system/command.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { testFolder } from '../compose/runtime/test-folder.ts';
import { startOtlpRecorder, type OtlpRecorder } from './otlp-recorder.ts';

const usage = sessionMetrics.contextUsagePercent.name;
/** Long enough for any machine. */
const waiting = { timeout: 60_000 };

afterEach(() => {
  otelMetrics.disable();
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function start(recorder: OtlpRecorder, registry: SessionRegistry, options: Partial<TelemetryOptions> = {}) {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', recorder.url);
  const telemetry = startTelemetry({
    registry,
    // Only when flushed: an export may take as long as the interval.
    exportIntervalMillis: 60_000,
    flushOnSignals: false,
    ...options,
  });
  return { ...telemetry, [Symbol.asyncDispose]: () => telemetry.shutdown() };
}

describe('an export', () => {
  test('holds every metric of a live session with its exact value, counters from 0', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    registry.recordCheckpoint('s1', { tokensSaved: 60_000 });
    await using telemetry = start(recorder, registry);
    await telemetry.flush();
    const values = Object.fromEntries(
      Object.values(sessionMetrics).map(({ name }) => [name, recorder.points(name).at(-1)?.value]),
    );
    expect(values).toMatchObject({
      contextd_session_context_tokens: 150_000,
      contextd_session_context_usage_percent: 75,
      contextd_session_threshold_70_total: 1,
      contextd_session_threshold_90_total: 0,
      contextd_session_checkpoint_total: 1,
      contextd_session_tokens_saved_total: 60_000,
      contextd_session_window_tokens: 200_000,
    });
    expect(values['contextd_session_duration_seconds']).toBeGreaterThanOrEqual(0);
    expect(values['contextd_session_last_activity_timestamp_seconds']).toBeCloseTo(Date.now() / 1_000, -2);
    expect(recorder.points(usage)[0]?.attributes).toEqual({ session_id: 's1' });
    expect(recorder.points(processMetrics.activeSessions.name)[0]?.value).toBe(1);
  });

  test('is cumulative whatever temporality the environment prefers', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'delta');
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    await using telemetry = start(recorder, registry);
    await telemetry.flush();
    await telemetry.flush();
    const counts = recorder.points(sessionMetrics.threshold70.name);
    expect(counts.length).toBeGreaterThanOrEqual(2);
    expect(counts.map(({ value }) => value).slice(0, 3)).toEqual([0, 1, 1]);
    expect(counts.every(({ temporality }) => temporality === 2)).toBe(true);
  });

  test('has a counter at 0 before the first value of a new session, until one export arrived', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    await using telemetry = start(recorder, registry);
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    recorder.status = 400;
    await telemetry.flush();
    recorder.status = 200;
    await telemetry.flush();
    await telemetry.flush();
    expect(recorder.points(sessionMetrics.threshold70.name).map(({ value }) => value)).toEqual([
      0, 1, 0, 1, 1,
    ]);
    expect(recorder.points(sessionMetrics.threshold90.name).map(({ value }) => value)).toEqual([0, 0, 0]);
  });

  test('starts a counter from the count before its session was first seen', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    const hits = { threshold70Hit: true, threshold90Hit: false };
    const counters = {
      checkpointCount: 0,
      tokensSaved: 0,
      threshold70Count: 2,
      threshold90Count: 0,
      ...hits,
    };
    const countersBefore = { ...counters, threshold70Count: 1 };
    registry.assume('s1', { tokensUsed: 150_000 }, { counters, countersBefore, isActivity: true });
    registry.reportUsage('s2', { tokensUsed: 150_000 });
    await using telemetry = start(recorder, registry);
    await telemetry.flush();
    const crossings = recorder.points(sessionMetrics.threshold70.name);
    expect(crossings.map(({ attributes, value }) => [attributes['session_id'], value])).toEqual([
      ['s1', 1],
      ['s2', 0],
      ['s1', 2],
      ['s2', 1],
    ]);
  });

  test('repeats itself each interval', async () => {
    await using recorder = await startOtlpRecorder();
    await using _ = start(recorder, new SessionRegistry(), { exportIntervalMillis: 50 });
    await vi.waitUntil(() => recorder.requests.length >= 3, waiting);
  });

  test('goes out at once after a crossing, but not after any other report', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    await using telemetry = start(recorder, registry);
    registry.reportUsage('s1', { tokensUsed: 100_000 });
    await telemetry.flush();
    registry.reportUsage('s1', { tokensUsed: 120_000 });
    registry.reportUsage('s1', { tokensUsed: 185_000 });
    await expect.poll(() => recorder.points(usage).map(({ value }) => value)).toEqual([50, 92.5]);
  });

  test('has the series of alert rules only while a session is at or above the warning threshold, and a little longer', async () => {
    await using recorder = await startOtlpRecorder();
    const time = { millis: Date.now() };
    const registry = new SessionRegistry({ clock: { now: () => time.millis, monotonic: () => time.millis } });
    await using telemetry = start(recorder, registry);
    for (const tokensUsed of [100_000, 150_000, 20_000]) {
      registry.reportUsage('s1', { tokensUsed });
      await telemetry.flush();
    }
    const high = () => recorder.points(sparseMetrics.highUsage.name);
    expect(high().map(({ value }) => value)).toEqual([75, 10]);
    time.millis += 120_000;
    await telemetry.flush();
    await expect.poll(() => high().map(({ flags }) => flags)).toEqual([0, 0, 1]);
  });

  test('goes out in requests of 3,500 points', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    for (let index = 0; index < 1_000; index++) registry.reportUsage(`s${index}`, { tokensUsed: index });
    await using telemetry = start(recorder, registry);
    await telemetry.flush();
    const sizes = recorder.requests.map(({ points }) => points.length);
    expect(Math.max(...sizes)).toBe(3_500);
    expect(new Set(recorder.points(usage).map(({ attributes }) => attributes['session_id'])).size).toBe(
      1_000,
    );
  });

  test('that arrives in part starts the counters of the new sessions that did not arrive at 0 once more', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    for (let index = 0; index < 1_000; index++) registry.reportUsage(`s${index}`, { tokensUsed: 150_000 });
    await using telemetry = start(recorder, registry);
    recorder.refuse = (request) => request === 1;
    await telemetry.flush();
    recorder.refuse = () => false;
    await telemetry.flush();
    await telemetry.flush();
    const crossings = recorder.points(sessionMetrics.threshold70.name);
    const inRequest = (index: number) =>
      recorder.requests[index]?.points.find(({ metric }) => metric === usage)?.attributes['session_id'];
    const [arrived, refused] = [inRequest(0), inRequest(1)].map((id) =>
      crossings.filter(({ attributes }) => attributes['session_id'] === id).map(({ value }) => value),
    );
    expect(arrived).toEqual([0, 1, 1, 1]);
    expect(refused).toEqual([0, 1, 0, 1, 1]);
  });

  test('has a resource with only the names of the service and the instance, and the attributes from the environment', async () => {
    await using recorder = await startOtlpRecorder();
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
    await using telemetry = start(recorder, new SessionRegistry(), {
      serviceName: 'mine',
      instanceId: 'mine-1',
    });
    await telemetry.flush();
    expect(recorder.requests[0]?.resource).toEqual({
      'service.name': 'mine',
      'service.instance.id': 'mine-1',
      'deployment.environment.name': 'test',
    });
  });

  test('sends the token from the file that the environment names, and none if the file is missing', async () => {
    await using folder = await testFolder();
    const send = async () => {
      await using recorder = await startOtlpRecorder();
      await using telemetry = start(recorder, new SessionRegistry());
      await telemetry.flush();
      return recorder.requests[0]?.headers['authorization'];
    };
    vi.stubEnv('CTXD_COLLECTOR_TOKEN_FILE', join(folder.path, 'token'));
    expect(await send()).toBeUndefined();
    await writeFile(join(folder.path, 'token'), 'secret\n');
    expect(await send()).toBe('Bearer secret');
  });

  test('takes headers from the environment and by option', async () => {
    await using recorder = await startOtlpRecorder();
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-from=environment');
    await using telemetry = start(recorder, new SessionRegistry(), {
      headers: { authorization: 'Bearer t' },
    });
    await telemetry.flush();
    expect(recorder.requests[0]?.headers).toMatchObject({
      'x-from': 'environment',
      authorization: 'Bearer t',
    });
  });

  test('takes its interval from the environment', async () => {
    await using recorder = await startOtlpRecorder();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', recorder.url);
    vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '40');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const telemetry = startTelemetry({ registry: new SessionRegistry(), flushOnSignals: false });
    for (const exports of [1, 2, 3]) {
      const isExported = await waitUntil(async () => {
        if (recorder.requests.length === exports) return true;
        // Starts nothing while the export before is under way.
        vi.advanceTimersByTime(40);
        return false;
      }, 60_000);
      expect(isExported).toBe(true);
    }
    // Waits for an export that is still under way.
    await telemetry.flush();
    const flushed = recorder.requests.length;
    vi.advanceTimersByTime(39);
    await telemetry.shutdown();
    // The last two are the shutdown's: the last figures, then the end of their series.
    expect(recorder.requests).toHaveLength(flushed + 2);
  });

  test('counts refusals by reason', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry({ maxSessions: 1 });
    registry.reportUsage('s1', { tokensUsed: Number.NaN });
    for (const id of ['a', 'b']) registry.reportUsage(id, { tokensUsed: 1 });
    registry.sessionIdsRefused.increment('too_long');
    registry.requestDurations.record({ method: 'GET', statusCode: 200, route: '/mcp', scheme: 'http' }, 0.01);
    await using telemetry = start(recorder, registry);
    await telemetry.flush();
    expect(recorder.points(processMetrics.usageRefused.name)[0]).toMatchObject({
      value: 1,
      attributes: { reason: 'not_finite' },
    });
    expect(recorder.points(processMetrics.sessionIdsRefused.name)[0]).toMatchObject({
      value: 1,
      attributes: { reason: 'too_long' },
    });
    expect(recorder.points(processMetrics.sessionsEvicted.name)[0]?.value).toBe(1);
    expect(recorder.points(processMetrics.httpRequestDuration.name)[0]?.value).toBe(1);
  });
});

describe('what does not change', () => {
  /** Exports once a second by a clock that the test moves. */
  async function exportingEachSecond(recorder: OtlpRecorder) {
    const time = { now: 1_795_824_000_000, monotonic: 0 };
    const clock = { now: () => time.now, monotonic: () => time.monotonic };
    const registry = new SessionRegistry({ clock });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const telemetry = start(recorder, registry, { exportIntervalMillis: 1_000 });
    const exportNext = async () => {
      const before = recorder.requests.length;
      for (const key of ['now', 'monotonic'] as const) time[key] += 1_000;
      await waitUntil(async () => {
        if (recorder.requests.length > before) return true;
        // Starts nothing while the export before is under way.
        vi.advanceTimersByTime(1_000);
        return false;
      }, 60_000);
      const points = recorder.requests.slice(before).flatMap((request) => request.points);
      return points
        .filter(({ metric }) => metric === usage)
        .map(({ attributes }) => attributes['session_id']);
    };
    return { registry, telemetry, exportNext };
  }

  test('is exported every 15 s, a fifteenth each second, and what changes at once', async () => {
    await using recorder = await startOtlpRecorder();
    const { registry, telemetry, exportNext } = await exportingEachSecond(recorder);
    for (let index = 0; index < 150; index++) registry.reportUsage(`s${index}`, { tokensUsed: 1 });
    expect(await exportNext()).toHaveLength(150);
    const exported: unknown[][] = [];
    for (let second = 0; second < 30; second++) {
      registry.reportUsage('active', { tokensUsed: second });
      exported.push(await exportNext());
    }
    expect(exported.every((ids) => ids.includes('active'))).toBe(true);
    const idle = exported.map((ids) => ids.filter((id) => id !== 'active'));
    for (const half of [idle.slice(0, 15), idle.slice(15)]) {
      expect(new Set(half.flat()).size).toBe(150);
      expect(half.flat()).toHaveLength(150);
      expect(Math.max(...half.map((ids) => ids.length))).toBeLessThanOrEqual(20);
    }
    await telemetry.shutdown();
  });

  test('is exported again if the export with its turn did not arrive', async () => {
    await using recorder = await startOtlpRecorder();
    const { registry, telemetry, exportNext } = await exportingEachSecond(recorder);
    for (let index = 0; index < 150; index++) registry.reportUsage(`s${index}`, { tokensUsed: 1 });
    await exportNext();
    recorder.status = 400;
    registry.reportUsage('s7', { tokensUsed: 2 });
    const lost = new Set([...(await exportNext()), ...(await exportNext())]);
    expect(lost).toContain('s7');
    recorder.status = 200;
    expect(await exportNext()).toEqual(expect.arrayContaining([...lost]));
    await telemetry.shutdown();
  });
});

describe('a session that ends', () => {
  test('is no longer exported, and all its series are marked stale in three exports', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    for (const id of ['s1', 's2']) registry.reportUsage(id, { tokensUsed: 1 });
    await using telemetry = start(recorder, registry);
    await telemetry.flush();
    registry.end('s1');
    for (let exports = 0; exports < 6; exports++) await telemetry.flush();
    const ofEnded = recorder.points(usage).filter(({ attributes }) => attributes['session_id'] === 's1');
    expect(ofEnded.map(({ flags, value }) => [flags, value])).toEqual([
      [0, 0.0005],
      ...Array.from({ length: 3 }, () => [1, undefined]),
    ]);
    const marked = recorder.requests.flatMap(({ points }) => points).filter(({ flags }) => flags === 1);
    expect(new Set(marked.map(({ metric }) => metric))).toEqual(
      new Set(Object.values(sessionMetrics).map(({ name }) => name)),
    );
  });

  test('is not marked stale if it came back', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    registry.reportUsage('s1', { tokensUsed: 1 });
    registry.end('s1');
    registry.reportUsage('s1', { tokensUsed: 2 });
    await using telemetry = start(recorder, registry);
    await telemetry.flush();
    expect(recorder.points(usage).map(({ flags }) => flags)).not.toContain(1);
  });
});

describe('a collector that is too slow for all sessions', () => {
  test('gets every session in turn, the newest figures only, and the exports that are cut short are counted', async () => {
    await using recorder = await startOtlpRecorder();
    recorder.answerMillis = 100;
    const registry = new SessionRegistry();
    await using _ = start(recorder, registry, { exportIntervalMillis: 250, protocol: 'http/protobuf' });
    const ids = Array.from({ length: 2_500 }, (_, index) => `s${index}`);
    const seen = () => new Set(recorder.points(usage).map(({ attributes }) => attributes['session_id'])).size;
    for (let tokensUsed = 1; seen() < ids.length; tokensUsed += 1) {
      for (const id of ids) registry.reportUsage(id, { tokensUsed });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(Object.fromEntries(registry.exportsFailed.entries())['too_slow']).toBeGreaterThan(0);
    const beats = recorder.points(processMetrics.activeSessions.name).length;
    expect(beats).toBeGreaterThan(1);
  }, 120_000);

  test('gets the own series and the sessions above the warning threshold first', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    for (let index = 0; index < 1_000; index++) registry.reportUsage(`s${index}`, { tokensUsed: index });
    await using telemetry = start(recorder, registry);
    registry.reportUsage('s999', { tokensUsed: 150_000 });
    await telemetry.flush();
    const [first] = recorder.requests;
    const names = first?.points
      .filter(({ attributes: { session_id: id } }) => id === 's999' || id === undefined)
      .map(({ metric }) => metric);
    expect(names).toEqual(
      expect.arrayContaining([processMetrics.activeSessions.name, sparseMetrics.highUsage.name, usage]),
    );
  });
});

describe('a shutdown', () => {
  test('exports once more and marks every live session', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    const telemetry = start(recorder, registry);
    registry.reportUsage('s1', { tokensUsed: 7 });
    await telemetry.shutdown();
    await telemetry.shutdown();
    expect(
      recorder.points(sessionMetrics.contextTokens.name).map(({ flags, value }) => [flags, value]),
    ).toEqual([
      [0, 7],
      [1, undefined],
    ]);
    expect(recorder.points(processMetrics.activeSessions.name).map(({ flags }) => flags)).toEqual([0, 1]);
  });

  test('ends in time when the collector hangs', async () => {
    await using recorder = await startOtlpRecorder();
    recorder.status = 0;
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '60000');
    const telemetry = start(recorder, new SessionRegistry(), {
      shutdownTimeoutMillis: 100,
    });
    const started = performance.now();
    await telemetry.shutdown();
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

describe('a collector that refuses', () => {
  test('is counted, and the next export has the totals', async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    await using telemetry = start(recorder, registry);
    recorder.status = 400;
    await telemetry.flush();
    recorder.status = 200;
    await telemetry.flush();
    await telemetry.flush();
    expect(recorder.points(processMetrics.exportsFailed.name).at(-1)?.value).toBe(1);
    expect(recorder.points(sessionMetrics.threshold70.name).at(-1)?.value).toBe(1);
  });
});

describe("in the application's own NodeSDK", () => {
  const sdkWith = (metricReaders: IMetricReader[], views: ViewOptions[] = []) =>
    new NodeSDK({
      metricReaders,
      views,
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      resourceDetectors: [],
      spanProcessors: [],
      logRecordProcessors: [],
    });
  const readerFor = (registry: SessionRegistry, url: string) =>
    sessionMetricReader({ registry, url: `${url}/v1/metrics`, exportIntervalMillis: 60_000 });

  test("exports the sessions as the application's resource, and none of its instruments", async () => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    registry.reportUsage('s1', { tokensUsed: 7 });
    const sdk = sdkWith([readerFor(registry, recorder.url)], [{ instrumentName: 'app.*' }]);
    sdk.start();
    otelMetrics.getMeter('app').createCounter('app.orders').add(3);
    otelMetrics.getMeter('app').createCounter('other.orders').add(3);
    await sdk.shutdown();
    expect(recorder.points(usage).map(({ flags }) => flags)).toEqual([0, 1]);
    expect(recorder.requests.map(({ resource }) => resource['service.name'])).toEqual(
      recorder.requests.map(() => 'shop'),
    );
    expect(['app.orders', 'other.orders'].flatMap((name) => recorder.points(name))).toEqual([]);
  });

  test("leaves the application's instruments to its own reader", async () => {
    await using sessions = await startOtlpRecorder();
    await using own = await startOtlpRecorder();
    const exporter = new OTLPMetricExporter({ url: `${own.url}/v1/metrics` });
    const ownReader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
    const sdk = sdkWith([readerFor(new SessionRegistry(), sessions.url), ownReader]);
    sdk.start();
    otelMetrics.getMeter('app').createCounter('app.orders').add(3);
    await ownReader.forceFlush();
    expect(own.points('app.orders')[0]?.value).toBe(3);
    await sdk.shutdown();
    expect(own.points(usage)).toEqual([]);
    expect(sessions.points('app.orders')).toEqual([]);
  });
});

describe('an application that starts its own provider', () => {
  test('has it used after startTelemetry, which registers nothing', async () => {
    await using recorder = await startOtlpRecorder();
    const before = otelMetrics.getMeterProvider();
    await using _ = start(recorder, new SessionRegistry());
    expect(otelMetrics.getMeterProvider()).toBe(before);
    const provider = new MeterProvider();
    expect(otelMetrics.setGlobalMeterProvider(provider)).toBe(true);
    expect(otelMetrics.getMeterProvider()).toBe(provider);
  });
});

describe('the environment', () => {
  test.each([
    ['OTEL_SDK_DISABLED', 'true'],
    ['OTEL_METRICS_EXPORTER', 'none'],
  ])('stops every export with %s=%s', async (name, value) => {
    await using recorder = await startOtlpRecorder();
    vi.stubEnv(name, value);
    const registry = new SessionRegistry();
    registry.reportUsage('s1', { tokensUsed: 7 });
    const telemetry = start(recorder, registry, { exportIntervalMillis: 10 });
    await telemetry.flush();
    await telemetry.shutdown();
    expect(recorder.requests).toEqual([]);
  });

  test.each([
    ['OTEL_METRICS_EXPORTER', 'prometheus', 'otlp or none'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'http/json or http/protobuf'],
    ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'http/xml', 'http/json or http/protobuf'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'brotli', 'none or gzip'],
  ])('refuses %s=%s', (name, value, rule) => {
    vi.stubEnv(name, value);
    expect(() => startTelemetry({ registry: new SessionRegistry(), flushOnSignals: false })).toThrow(
      `Expected ${name} to be ${rule}, got \`${value}\``,
    );
  });

  test('takes the protocol for metrics before the one for all signals', async () => {
    await using recorder = await startOtlpRecorder();
    vi.stubEnv('OTEL_METRICS_EXPORTER', 'console, otlp');
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc');
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'http/json');
    await using telemetry = start(recorder, new SessionRegistry());
    await telemetry.flush();
    expect(recorder.requests).not.toEqual([]);
  });

  test.each([
    [undefined, 'application/json'],
    ['http/protobuf', 'application/x-protobuf'],
    ['http/json', 'application/json'],
  ])('with the protocol %s makes exports and markers %s', async (protocol, contentType) => {
    await using recorder = await startOtlpRecorder();
    const registry = new SessionRegistry();
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    if (protocol !== undefined) vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', protocol);
    await start(recorder, registry).shutdown();
    expect(recorder.requests.map(({ headers }) => headers['content-type'])).toEqual(
      recorder.requests.map(() => contentType),
    );
    expect(recorder.points(sessionMetrics.threshold70.name).map(({ value }) => value)).toEqual([
      0,
      1,
      undefined,
    ]);
  });

  test('does not choose how to reach an address that an option gives', async () => {
    await using recorder = await startOtlpRecorder();
    vi.stubEnv('OTEL_METRICS_EXPORTER', 'prometheus');
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc');
    await using telemetry = start(recorder, new SessionRegistry(), { url: `${recorder.url}/v1/metrics` });
    await telemetry.flush();
    expect(recorder.requests).not.toEqual([]);
  });

  test('compresses exports and markers', async () => {
    await using recorder = await startOtlpRecorder();
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
    const telemetry = start(recorder, new SessionRegistry());
    await telemetry.shutdown();
    expect(recorder.requests.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip', 'gzip']);
  });

  test('names the certificates of both sides, for exports and markers', async () => {
    await using folder = await testFolder();
    const [key, cert] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
    const request =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1';
    const subject = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert];
    await runCommand('openssl', [...request.split(' '), ...subject]);
    const pem = { key: await readFile(key), cert: await readFile(cert), ca: await readFile(cert) };
    const paths: (string | undefined)[] = [];
    const server = createServer(
      { ...pem, requestCert: true, rejectUnauthorized: true },
      (incoming, response) => {
        paths.push(incoming.url);
        incoming.resume();
        response.end('{}');
      },
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `https://127.0.0.1:${port}`);
    vi.stubEnv('OTEL_EXPORTER_OTLP_CERTIFICATE', cert);
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE', cert);
    vi.stubEnv('OTEL_EXPORTER_OTLP_CLIENT_KEY', key);
    await startTelemetry({ registry: new SessionRegistry(), flushOnSignals: false }).shutdown();
    server.closeAllConnections();
    server.close();
    expect(paths).toEqual(['/v1/metrics', '/v1/metrics']);
  });

  test.each(['/nowhere/ca.pem', '/dev/zero'])('names a certificate that cannot be read: %s', (path) => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_CERTIFICATE', path);
    expect(() => startTelemetry({ registry: new SessionRegistry(), flushOnSignals: false })).toThrow(
      `Expected OTEL_EXPORTER_OTLP_CERTIFICATE to name a file that can be read, got \`${path}\``,
    );
  });
});

test('warns about a dead endpoint once a minute', async () => {
  const warnings: string[] = [];
  const log = (message: string) => void warnings.push(message);
  const quiet = () => undefined;
  diag.setLogger({ error: log, warn: log, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.WARN);
  warnings.length = 0;
  let nowMillis = performance.now() + 3_600_000;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMillis);
  const telemetry = startTelemetry({
    registry: new SessionRegistry(),
    url: 'http://127.0.0.1:9/v1/metrics',
    exportIntervalMillis: 100,
    flushOnSignals: false,
  });
  const exportsDuring = async (seconds: number) => {
    for (let second = 0; second < seconds; second++, nowMillis += 1_000) await telemetry.flush();
  };
  await exportsDuring(3);
  expect(warnings).toEqual([expect.stringContaining('an export failed and was dropped')]);
  nowMillis += 60_000;
  await exportsDuring(2);
  expect(warnings).toHaveLength(2);
  vi.restoreAllMocks();
  diag.disable();
  await telemetry.shutdown();
});

test.each([
  ['exportIntervalMillis', { exportIntervalMillis: 0 }],
  ['shutdownTimeoutMillis', { shutdownTimeoutMillis: -1 }],
  ['registry', { registry: {} }],
])('refuses a wrong %s', (name, wrong) => {
  expect(() =>
    startTelemetry({ registry: new SessionRegistry(), flushOnSignals: false, ...wrong } as never),
  ).toThrow(`Expected the \`${name}\` option to be`);
});

describe('a process', () => {
  const program = `
    import { SessionRegistry } from 'koa-context-window';
    import { startTelemetry } from 'koa-context-window/telemetry';
    const registry = new SessionRegistry();
    startTelemetry({ registry, exportIntervalMillis: 60_000 });
    registry.reportUsage('s1', { tokensUsed: 7 });
    console.log('ready');
  `;
  function run(endpoint: string, then: string) {
    const args = ['--conditions=@koa-context-window/source', '--input-type=module', '--eval', program + then];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    });
    return { child, ready: once(child.stdout, 'data'), exit: once(child, 'exit') };
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'that gets %s exports once more, marks its sessions and dies of the signal',
    async (signal) => {
      await using recorder = await startOtlpRecorder();
      const { child, ready, exit } = run(recorder.url, 'setInterval(() => {}, 1_000);');
      await ready;
      child.kill(signal);
      expect(await exit).toEqual([null, signal]);
      expect(recorder.points(usage).map(({ flags }) => flags)).toEqual([0, 1]);
    },
  );

  test('that gets the signal twice, as npm passes it on, still exports once more', async () => {
    await using recorder = await startOtlpRecorder();
    const { child, ready, exit } = run(recorder.url, 'setInterval(() => {}, 1_000);');
    await ready;
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGINT');
    expect(await exit).toEqual([null, 'SIGINT']);
    expect(recorder.points(usage).map(({ flags }) => flags)).toEqual([0, 1]);
  });

  test('that handles the signal itself is left alive', async () => {
    await using recorder = await startOtlpRecorder();
    const { child, ready, exit } = run(
      recorder.url,
      `process.on('SIGTERM', () => setTimeout(() => process.exit(3), 200));`,
    );
    await ready;
    child.kill('SIGTERM');
    expect(await exit).toEqual([3, null]);
    expect(recorder.points(usage).map(({ flags }) => flags)).toEqual([0, 1]);
  });

  test('that gets SIGTERM with a hanging collector ends long before the export would time out', async () => {
    await using recorder = await startOtlpRecorder();
    recorder.status = 0;
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '60000');
    const { child, ready, exit } = run(recorder.url, 'setInterval(() => {}, 1_000);');
    await ready;
    const started = performance.now();
    child.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGTERM']);
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  test('that runs out of work exports once more and exits by itself', async () => {
    await using recorder = await startOtlpRecorder();
    const { exit } = run(recorder.url, '');
    expect(await exit).toEqual([0, null]);
    expect(recorder.points(usage).map(({ flags }) => flags)).toEqual([0, 1]);
  });

  test('is not kept from exiting by a collector that is down', async () => {
    const { exit } = run('http://127.0.0.1:9', '');
    expect(await exit).toEqual([0, null]);
  });
});
