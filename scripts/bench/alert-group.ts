import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionRegistry } from 'koa-context-window';
import { startTelemetry } from 'koa-context-window/telemetry';
import { startNative } from '../stack/native-stack.ts';
import { quantile } from './statistics.ts';
import type { Table } from './table.ts';

const betweenCrossingsMillis = 331;
const givenUpMillis = 60_000;
const atOnce = 500;

/** Measures the time from a crossing at the server until its notification arrives, with the stack's default settings. */
export async function measureAlerts(quick: boolean): Promise<Table[]> {
  await using resources = new AsyncDisposableStack();
  const webhook = resources.use(await startWebhook());
  const parts = ['collector', 'victoriametrics', 'alertmanager', 'vmalert', 'receiver'] as const;
  const stack = resources.use(await startNative({ parts, webhookUrl: webhook.url, print: console.log }));
  const registry = new SessionRegistry();
  const url = `${stack.urls.collector}/v1/metrics`;
  const telemetry = startTelemetry({ registry, url, flushOnSignals: false });
  resources.defer(() => telemetry.shutdown());
  const cross = (sessionId: string) => {
    registry.reportUsage(sessionId, { tokensUsed: 190_000 });
    return webhook.millisUntil(sessionId);
  };
  const count = quick ? 30 : 90;
  const known = idsOf('known', count);
  for (const sessionId of known) registry.reportUsage(sessionId, { tokensUsed: 20_000 });
  await sleep(15_000);
  const rows = [
    row('known session', await staggered(known, cross)),
    row('new session', await staggered(idsOf('new', count), cross)),
    row(`${atOnce} new at once`, await Promise.all(idsOf('many', atOnce).map(cross))),
  ];
  const title = 'Time from a crossing until its notification arrives';
  return [{ title: `${title}; ${webhook.lesser()} lesser alerts of the same crossings arrived`, rows }];
}

const idsOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `bench-${name}-${index}`);

/** A webhook that records when a session's alert arrives. */
async function startWebhook() {
  const waiting = new Map<string, (millis: number) => void>();
  let lesser = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    response.end();
    const { alerts } = JSON.parse(text) as { alerts: { labels: Record<string, string> }[] };
    for (const { labels } of alerts) {
      if (labels['severity'] !== 'critical') lesser += 1;
      else waiting.get(labels['session_id'] ?? '')?.(performance.now());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Number of alerts below critical. There should be none: only the critical alert fires. */
    lesser: () => lesser,
    async millisUntil(sessionId: string): Promise<number> {
      const startedMillis = performance.now();
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      waiting.set(sessionId, resolve);
      const limit = setTimeout(
        () => reject(new Error(`No alert for ${sessionId} within ${givenUpMillis / 1_000} s`)),
        givenUpMillis,
      );
      const arrivedMillis = await promise;
      clearTimeout(limit);
      return arrivedMillis - startedMillis;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Spreads the crossings over the export interval and the evaluation interval. */
function staggered(ids: readonly string[], cross: (id: string) => Promise<number>): Promise<number[]> {
  return Promise.all(
    ids.map(async (id, index) => {
      await sleep(index * betweenCrossingsMillis);
      return await cross(id);
    }),
  );
}

function row(crossing: string, millis: readonly number[]) {
  const seconds = millis.map((value) => value / 1_000);
  return {
    crossing,
    n: seconds.length,
    'p50 s': quantile(seconds, 0.5),
    'p95 s': quantile(seconds, 0.95),
    'max s': Math.max(...seconds),
  };
}
