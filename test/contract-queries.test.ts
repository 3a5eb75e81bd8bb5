import { SessionRegistry, type Clock } from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contractQueries } from '#queries';
import { defaultThresholds } from '#thresholds';
import { startBackend, type Backend } from './backend.ts';
import { bySession, query, waitForAnswer } from './promql.ts';

let backend: Backend;
/** The time of the last export, in seconds, at which the queries are evaluated. */
let end: number;

const exports = 25;
const stepMillis = 10_000;
const spanSeconds = ((exports - 1) * stepMillis) / 1_000;

/** Tokens used at the end; every session started at 10,000 four minutes earlier. */
const tokensAtEnd = {
  idle: 10_000,
  third: 60_000,
  below: 139_800,
  warning: 140_000,
  above: 150_000,
  critical: 180_000,
  nearly: 190_000,
  over: 210_000,
};

beforeAll(async () => {
  backend = await startBackend();
  end = await fourMinutesOfSessions(backend);
}, 900_000);

afterAll(async () => backend?.[Symbol.asyncDispose]());

/** Sends 25 exports through the collector at once, 10 s apart by the registry's injected clock. */
async function fourMinutesOfSessions({ urls }: Backend): Promise<number> {
  const time = { wall: Date.now() - exports * stepMillis, monotonic: 0 };
  const clock: Clock = { now: () => time.wall, monotonic: () => time.monotonic };
  const registry = new SessionRegistry({ clock });
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = urls.collector;
  const telemetry = startTelemetry({ registry, exportIntervalMillis: 60_000, flushOnSignals: false });
  for (let step = 0; step < exports; step++) {
    if (step === 0)
      for (const id of Object.keys(tokensAtEnd)) registry.reportUsage(id, { tokensUsed: 10_000 });
    if (step === 6) {
      registry.reportUsage('idle', { tokensUsed: 190_000 });
      registry.recordCheckpoint('idle', { tokensSaved: 90_000 });
      registry.recordCheckpoint('idle', { tokensSaved: 30_000 });
    }
    if (step === 12)
      for (const [id, tokensUsed] of Object.entries(tokensAtEnd)) registry.reportUsage(id, { tokensUsed });
    await telemetry.flush();
    if (step < exports - 1) {
      time.wall += stepMillis;
      time.monotonic += stepMillis;
    }
  }
  await waitForAnswer(
    backend,
    `count_over_time(${contractQueries(defaultThresholds).activeSessions.expr}[10m])`,
    (samples) => samples[0]?.value === exports,
  );
  return time.wall / 1_000;
}

const ask = (expr: string) => bySession(backend, expr, end);
const scalar = async (expr: string) =>
  (await query(backend, expr, end)).map(({ labels, value }) => ({ labels, value }));

describe('of eight sessions', () => {
  test('the top five are those with the largest share', async () => {
    expect(await ask('topk(5, contextd_session_context_usage_percent)')).toEqual({
      warning: 70,
      above: 75,
      critical: 90,
      nearly: 95,
      over: 105,
    });
  });

  test('those above 70 % do not include the one at 70 %', async () => {
    expect(await ask('contextd_session_context_usage_percent > 70')).toEqual({
      above: 75,
      critical: 90,
      nearly: 95,
      over: 105,
    });
  });

  test('those above 90 % do not include the one at 90 %', async () => {
    expect(await ask('contextd_session_context_usage_percent > 90')).toEqual({ nearly: 95, over: 105 });
  });

  test('the tokens add up', async () => {
    const sum = Object.values(tokensAtEnd).reduce((total, tokens) => total + tokens, 0);
    expect(await scalar('sum(contextd_session_context_tokens)')).toEqual([{ labels: {}, value: sum }]);
  });

  test('the average usage is exact', async () => {
    const [average] = await scalar('avg(contextd_session_context_usage_percent)');
    expect(average?.value).toBeCloseTo((5 + 30 + 69.9 + 70 + 75 + 90 + 95 + 105) / 8, 9);
  });

  test('the rate of warning crossings is one in the time between first and last sample', async () => {
    const rates = await ask('rate(contextd_session_threshold_70_total[5m])');
    const once = 1 / spanSeconds;
    expect(Object.keys(rates).toSorted()).toEqual(Object.keys(tokensAtEnd).toSorted());
    for (const id of ['idle', 'warning', 'above', 'critical', 'nearly', 'over'])
      expect(rates[id]).toBeCloseTo(once, 9);
    for (const id of ['third', 'below']) expect(rates[id]).toBe(0);
  });

  test('the rate of critical crossings counts 90.0 and not 75', async () => {
    const rates = await ask('rate(contextd_session_threshold_90_total[5m])');
    for (const id of ['idle', 'critical', 'nearly', 'over'])
      expect(rates[id]).toBeCloseTo(1 / spanSeconds, 9);
    for (const id of ['third', 'below', 'warning', 'above']) expect(rates[id]).toBe(0);
  });

  test('the checkpoint effectiveness is the tokens saved by checkpoint', async () => {
    const effectiveness = await ask(
      'rate(contextd_session_tokens_saved_total[5m]) / rate(contextd_session_checkpoint_total[5m])',
    );
    expect(effectiveness['idle']).toBeCloseTo(60_000, 6);
    for (const [id, value] of Object.entries(effectiveness)) if (id !== 'idle') expect(value).toBeNaN();
  });

  test('all are active', async () => {
    expect((await scalar('contextd_active_sessions_total')).map(({ value }) => value)).toEqual([8]);
  });

  test('the nine queries of this file are the contract', () => {
    expect(Object.values(contractQueries(defaultThresholds)).map(({ expr }) => expr)).toEqual([
      'topk(5, contextd_session_context_usage_percent)',
      'contextd_session_context_usage_percent > 70',
      'contextd_session_context_usage_percent > 90',
      'sum(contextd_session_context_tokens)',
      'avg(contextd_session_context_usage_percent)',
      'rate(contextd_session_threshold_70_total[5m])',
      'rate(contextd_session_threshold_90_total[5m])',
      'rate(contextd_session_tokens_saved_total[5m]) / rate(contextd_session_checkpoint_total[5m])',
      'contextd_active_sessions_total',
    ]);
  });
});

test('every metric is stored under its own name with the session as its label, and the service', async () => {
  const samples = await query(backend, 'last_over_time({__name__=~"contextd_.*"}[10m])', end);
  const names = new Set(samples.map(({ labels }) => labels['__name__']));
  expect([...names].filter((name) => name?.endsWith('_ratio'))).toEqual([]);
  for (const { labels } of samples) {
    expect(
      Object.keys(labels).filter(
        (label) =>
          ![
            '__name__',
            'session_id',
            'service.name',
            'service_name',
            'service_instance_id',
            'reason',
          ].includes(label),
      ),
    ).toEqual([]);
  }
});
