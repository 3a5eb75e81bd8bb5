import { SessionRegistry } from 'koa-context-window';
import { startReceiver } from 'koa-context-window/receiver';
import { startTelemetry } from 'koa-context-window/telemetry';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { contractQueries, httpQueries, monitorQueries, overviewQueries, sessionsOverRange } from '#queries';
import { defaultThresholds } from '#thresholds';
import { type Backend, startBackend } from './backend.ts';
import { expectCourse } from './delivered-alerts.ts';
import { bySession, waitForAnswer } from './promql.ts';

let backend: Backend;

beforeAll(async () => {
  backend = await startBackend();
});

afterAll(() => backend[Symbol.asyncDispose]());

const metricsUrl = () => `${backend.urls.collector}/v1/metrics`;

/** One process of a service, which exports what its registry has. */
function reporter(serviceName: string, instanceId: string) {
  const registry = new SessionRegistry();
  const telemetry = startTelemetry({
    registry,
    serviceName,
    instanceId,
    url: metricsUrl(),
    flushOnSignals: false,
  });
  return { registry, ...telemetry, [Symbol.asyncDispose]: () => telemetry.shutdown() };
}

test('two replicas with a request per second each have a rate of two', async () => {
  await using one = reporter('shop', 'shop-1');
  await using other = reporter('shop', 'shop-2');
  // The other one has answered more: in one series, the two would look like a counter that restarts each second.
  for (let count = 0; count < 500; count++) countRequest(other.registry);
  const pacing = setInterval(() => [one, other].forEach(({ registry }) => countRequest(registry)), 1_000);
  try {
    const expr = 'sum(rate(http_server_request_duration_seconds_count{service_name="shop"}[10s]))';
    const between = (samples: readonly { value: number }[]) =>
      samples.length === 1 && samples[0]!.value > 1 && samples[0]!.value < 3;
    await waitForAnswer(backend, expr, between);
    const all = await waitForAnswer(backend, httpQueries.requestRate.expr, (samples) => samples.length === 1);
    expect(all[0]!.value).toBeLessThan(1_000);
  } finally {
    clearInterval(pacing);
  }
});

test('three receivers each have their own number of sessions, and a session of two counts once', async () => {
  await using stack = new AsyncDisposableStack();
  for (const ids of [['shared'], ['shared', 'own'], []]) {
    const receiver = stack.use(await startReceiver({ port: 0, metricsUrl: metricsUrl() }));
    for (const id of ids) receiver.registry.reportUsage(id, { tokensUsed: 20_000 });
  }
  const { activeSessions } = contractQueries(defaultThresholds);
  const ofReceivers = `${activeSessions.expr}{service_name="ctxd-receiver"}`;
  const counts = (samples: readonly { value: number }[]) =>
    samples.map(({ value }) => value).toSorted((a, b) => a - b);
  const samples = await waitForAnswer(backend, ofReceivers, (found) => counts(found).join() === '0,1,2');
  expect(new Set(samples.map(({ labels }) => labels['service_instance_id'])).size).toBe(3);
  await waitForAnswer(backend, overviewQueries.activeSessionsNow.expr, ([count]) => count?.value === 2);
  await waitForAnswer(backend, overviewQueries.totalTokensNow.expr, ([sum]) => sum?.value === 40_000);
});

test('a session at 95 % on one replica and at 10 % on the other alerts once', async () => {
  await using full = reporter('shop', 'full');
  await using empty = reporter('shop', 'empty');
  full.registry.reportUsage('both', { tokensUsed: 190_000 });
  empty.registry.reportUsage('both', { tokensUsed: 20_000 });
  await expectCourse(backend.urls.webhook, 'both', ['ContextWindowCritical firing']);
  const usage = monitorQueries.usagePercent.expr;
  await waitForAnswer(backend, usage, (found) => found.length === 1 && found[0]?.value === 95);
  await full.shutdown();
  await waitForAnswer(backend, usage, (found) => found.length === 1 && found[0]?.value === 10);
});

test('checkpoints of a process and of the one in its place add up', async () => {
  const before = reporter('shop', 'before');
  before.registry.reportUsage('moved', { tokensUsed: 20_000 });
  await before.flush();
  for (const tokensSaved of [10, 20]) before.registry.recordCheckpoint('moved', { tokensSaved });
  await before.shutdown();
  await using after = reporter('shop', 'after');
  after.registry.reportUsage('moved', { tokensUsed: 20_000 });
  await after.flush();
  after.registry.recordCheckpoint('moved', { tokensSaved: 5 });
  const { checkpoints, tokensSaved } = sessionsOverRange({ rangeSeconds: 600 });
  await waitForAnswer(backend, `${checkpoints.expr} == 3`, (found) => found.length === 1);
  expect(await bySession(backend, tokensSaved.expr)).toMatchObject({ moved: 35 });
  // The end of the former process can be stored a moment after the checkpoint of the new one.
  const live = async () => (await bySession(backend, monitorQueries.checkpoints.expr))['moved'];
  await vi.waitFor(async () => expect(await live()).toBe(1), { timeout: 30_000, interval: 200 });
});

/** Counts a request that took 10 ms. */
function countRequest(registry: SessionRegistry): void {
  registry.requestDurations.record(
    { method: 'GET', statusCode: 200, scheme: 'http', route: undefined },
    0.01,
  );
}
