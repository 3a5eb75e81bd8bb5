import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { monitorQueries, webQueries } from '#queries';
import { waitUntil } from '../compose/runtime/health.ts';
import { freePorts } from '../compose/runtime/preflight.ts';
import { webPage } from '../dashboards/web/server/web-page.ts';
import { startReceiver } from '../instrumentation/src/receiver/receiver.ts';
import { thresholdsFrom } from '../instrumentation/src/thresholds.ts';
import { type OpenPage, startBrowser } from './page-browser.ts';

const liveSessions = 50;

/** The sessions that are live in a minute: every five minutes, five end and five others start. */
const idsIn = (minute: number) =>
  Array.from({ length: liveSessions }, (_, index) => `session-${index + 5 * Math.floor(minute / 5)}`);

/** Starts a stand-in for VictoriaMetrics, which answers an hour of queries faster than any store. */
async function startStore() {
  const clock = { minute: 0, isRunning: true };
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      await waitUntil(() => Promise.resolve(clock.isRunning), 9_000);
      response.end(JSON.stringify({ data: { result: answerTo(new URLSearchParams(body), clock.minute) } }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    clock,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Value = readonly [atSeconds: number, value: string];

function answerTo(query: URLSearchParams, minute: number) {
  const now = Date.now() / 1_000;
  const percent = (index: number) => (minute * 1.5 + index * 2) % 99;
  const [start, step] = [Number(query.get('start')), Number.parseFloat(query.get('step') ?? '')];
  const ofEach = (value: (index: number) => number) =>
    idsIn(minute).map((id, index) => ({
      metric: { session_id: id, project: `project of ${id}` },
      value: [now, String(value(index))] as Value,
    }));
  const overTime = idsIn(minute).map((id, index) => ({
    metric: { session_id: id },
    values: Array.from({ length: 30 }, (_, at): Value => [start + step * at, String(percent(index + at))]),
  }));
  const known = new Map<string, unknown>([
    [monitorQueries.usagePercent.expr, ofEach(percent)],
    [monitorQueries.tokensUsed.expr, ofEach((index) => percent(index) * 2_000)],
    [monitorQueries.windowTokens.expr, ofEach(() => 200_000)],
    [monitorQueries.sessionInfo.expr, ofEach(() => 1)],
    [monitorQueries.newestSample.expr, [{ metric: {}, value: [now, String(now)] }]],
    [webQueries.trends.expr, overTime],
    [webQueries.fullestOverTime.expr, overTime.slice(0, 10)],
  ]);
  return known.get(query.get('query') ?? '') ?? [];
}

test('memory does not grow over an hour of updates', async () => {
  await using store = await startStore();
  const [port = 0] = await freePorts(1);
  using page = webPage({
    servers: { store, receiver: { url: `http://127.0.0.1:${port}` } },
    thresholds: thresholdsFrom({}),
    intervalMillis: 10,
  });
  await using receiver = await startReceiver({ port, page, metricsUrl: `${store.url}/v1/metrics` });
  await using browser = await startBrowser();
  await using tab = await browser.open('about:blank');
  await tab.page.clock.install();
  const updates = await countUpdates(tab);
  await tab.page.goto(receiver.url);
  await tab.page
    .getByRole('rowheader')
    .nth(liveSessions - 1)
    .waitFor();
  const hour = { updates: 1_800, minutes: 60 };
  const runUntil = async (end: number) => {
    for (; store.clock.minute < end; store.clock.minute += 1) {
      const target = updates() + hour.updates / hour.minutes;
      store.clock.isRunning = true;
      await waitUntil(() => Promise.resolve(updates() >= target), 100_000);
      // The tab keeps up with the updates, however busy the machine is.
      store.clock.isRunning = false;
      await tab.page.clock.runFor(60_000);
    }
  };
  await runUntil(10);
  const before = await memoryOf(tab);
  await runUntil(hour.minutes);
  const after = await memoryOf(tab);
  expect(updates()).toBeGreaterThanOrEqual(hour.updates);
  expect(await tab.page.getByRole('rowheader').count()).toBe(liveSessions);
  expect(after.usedBytes).toBeLessThan(before.usedBytes + 3_000_000);
  expect(after.nodes).toBeLessThan(before.nodes * 1.5);
}, 600_000);

async function countUpdates({ page }: OpenPage): Promise<() => number> {
  const session = await page.context().newCDPSession(page);
  let count = 0;
  session.on('Network.eventSourceMessageReceived', ({ eventName }) => {
    if (eventName === 'message') count += 1;
  });
  await session.send('Network.enable');
  return () => count;
}

async function memoryOf({ page }: OpenPage) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  return { usedBytes: usedSize, nodes };
}
