import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionMetrics, SessionRegistry, sparseMetrics } from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';
import { waitUntil } from '../compose/runtime/health.ts';
import { startBackend, type Backend } from './backend.ts';
import { startKoaApp } from './koa-app.ts';
import { bySession, query, waitForAnswer } from './promql.ts';

const usage = sessionMetrics.contextUsagePercent.name;
const crossings = sessionMetrics.threshold70.name;
const only = (id: string, metric: string = usage) => `${metric}{session_id="${id}"}`;
/** All of a session's own series, without the series that vmalert stores for its alerts. */
const allOf = (id: string) => `{__name__=~"contextd_.*", session_id="${id}"}`;

let backend: Backend;

beforeAll(async () => {
  backend = await startBackend();
}, 900_000);

afterAll(async () => backend?.[Symbol.asyncDispose]());

const expectGone = (id: string) => waitForAnswer(backend, allOf(id), (samples) => samples.length === 0);
const expectAt = (id: string, percent: number) =>
  waitForAnswer(backend, only(id), (samples) => samples[0]?.value === percent);

describe('a session', () => {
  test('is visible to PromQL with all its metrics, and its second request continues it', async () => {
    await using app = await startKoaApp(backend.urls.collector);
    await app.send('two-requests', { tokens: 150_000 });
    await expectAt('two-requests', 75);
    await app.send('two-requests', { tokens: 160_000, saved: 90_000 });
    await expectAt('two-requests', 80);
    const samples = await query(backend, allOf('two-requests'));
    const values = Object.fromEntries(samples.map(({ labels, value }) => [labels['__name__'], value]));
    expect(Object.keys(values).toSorted()).toEqual(
      [...Object.values(sessionMetrics), sparseMetrics.highUsage].map(({ name }) => name).toSorted(),
    );
    expect(values).toMatchObject({
      contextd_session_context_tokens: 160_000,
      contextd_session_threshold_70_total: 1,
      contextd_session_threshold_90_total: 0,
      contextd_session_checkpoint_total: 1,
      contextd_session_tokens_saved_total: 90_000,
    });
  });

  test('is visible without a collector, and gone when its server stops', async () => {
    const registry = new SessionRegistry();
    const telemetry = startTelemetry({
      registry,
      url: `${backend.urls.victoriametrics}/opentelemetry/v1/metrics`,
      protocol: 'http/protobuf',
      headers: { authorization: backend.storeAuthorization },
      flushOnSignals: false,
    });
    registry.reportUsage('direct', { tokensUsed: 150_000 });
    await expectAt('direct', 75);
    await telemetry.shutdown();
    await expectGone('direct');
  });

  test('stays apart from 119 others that report at the same time', async () => {
    await using app = await startKoaApp(backend.urls.collector);
    const ids = Array.from({ length: 120 }, (_, index) => `crowd-${index}`);
    await Promise.all(ids.map((id, index) => app.send(id, { tokens: index * 1_000 })));
    const expr = `${sessionMetrics.contextTokens.name}{session_id=~"crowd-.*"}`;
    await waitForAnswer(backend, expr, (samples) => samples.length === 120);
    expect(await bySession(backend, expr)).toEqual(
      Object.fromEntries(ids.map((id, index) => [id, index * 1_000])),
    );
    await waitForAnswer(backend, 'contextd_active_sessions_total', (samples) => samples[0]?.value === 120);
  });

  test('is gone from query answers once it ended, while the others stay', async () => {
    await using app = await startKoaApp(backend.urls.collector);
    for (const id of ['ends', 'stays']) await app.send(id, { tokens: 1_000 });
    await expectAt('ends', 0.5);
    await app.send('ends', { end: true });
    await expectGone('ends');
    expect(await bySession(backend, only('stays'))).toEqual({ stays: 0.5 });
  });

  test('is gone once it expired', async () => {
    await using app = await startKoaApp(backend.urls.collector, { idleTimeoutMillis: 6_000 });
    await app.send('expires', { tokens: 1_000 });
    await expectAt('expires', 0.5);
    await expectGone('expires');
    expect(app.registry.size).toBe(0);
  });

  test('that ended and comes back is visible again', async () => {
    await using app = await startKoaApp(backend.urls.collector);
    await app.send('returns', { tokens: 1_000 });
    await expectAt('returns', 0.5);
    await app.send('returns', { end: true });
    await expectGone('returns');
    await app.send('returns', { tokens: 2_000 });
    await expectAt('returns', 1);
  });
});

describe('a server', () => {
  test('that stops ends its sessions; restarted, it shows them once with every crossing counted', async () => {
    const first = await startKoaApp(backend.urls.collector);
    await first.send('restarted', { tokens: 150_000 });
    await expectAt('restarted', 75);
    await first.stop();
    await expectGone('restarted');
    await using second = await startKoaApp(backend.urls.collector);
    await second.send('restarted', { tokens: 160_000 });
    await expectAt('restarted', 80);
    expect(await query(backend, only('restarted'))).toHaveLength(1);
    await waitForAnswer(
      backend,
      `increase(${only('restarted', crossings)}[5m])`,
      (samples) => samples[0]?.value === 2,
    );
  });

  test('that crashed is gone after five minutes', async () => {
    const program = `
      import { SessionRegistry } from 'koa-context-window';
      import { startTelemetry } from 'koa-context-window/telemetry';
      const registry = new SessionRegistry();
      registry.reportUsage('crashed', { tokensUsed: 1_000 });
      startTelemetry({ registry });
      setInterval(() => {}, 1_000);
    `;
    const args = ['--conditions=@koa-context-window/source', '--input-type=module', '--eval', program];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: backend.urls.collector },
    });
    await expectAt('crashed', 0.5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const lastSample = (await query(backend, `timestamp(${only('crashed')})`))[0]!.value;
    expect(await query(backend, only('crashed'), lastSample + 240)).toHaveLength(1);
    expect(await query(backend, only('crashed'), lastSample + 302)).toEqual([]);
  });
});

describe('the collector', () => {
  test('that restarts loses nothing that it acknowledged, and the session continues', async () => {
    await using app = await startKoaApp(backend.urls.collector);
    await app.send('survivor', { tokens: 20_000 });
    await expectAt('survivor', 10);
    await backend.stop('collector');
    await app.send('survivor', { tokens: 150_000 });
    await app.send('survivor', { tokens: 190_000, saved: 100_000 });
    await waitUntil(
      async () =>
        app.registry.exportsFailed.get('Error') > 0 || [...app.registry.exportsFailed.entries()].length > 0,
      60_000,
    );
    await backend.start('collector');
    await expectAt('survivor', 95);
    await waitForAnswer(
      backend,
      `increase(${only('survivor', crossings)}[5m])`,
      (samples) => samples[0]?.value === 1,
    );
    await waitForAnswer(
      backend,
      'sum(contextd_exports_failed_total)',
      (samples) => (samples[0]?.value ?? 0) > 0,
    );
  });

  test('delivers what it accepted while VictoriaMetrics was stopped', async () => {
    await using app = await startKoaApp(backend.urls.collector);
    await app.send('patient', { tokens: 20_000 });
    await expectAt('patient', 10);
    await backend.stop('victoriametrics');
    const away = Date.now() / 1_000;
    await app.send('patient', { tokens: 100_000 });
    await app.flush();
    await app.send('patient', { tokens: 60_000 });
    await backend.start('victoriametrics');
    await expectAt('patient', 30);
    const maximum = `max_over_time(${only('patient')}[${Math.ceil(Date.now() / 1_000 - away) + 5}s])`;
    await waitForAnswer(backend, maximum, (samples) => samples[0]?.value === 50);
  });
});
