import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { monitorQueries } from '#queries';
import { defaultThresholds } from '#thresholds';
import type { PageChange } from '../page-state.ts';
import { webPage } from './web-page.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Starts a store behind a gate: each reader's token gives access to one session. */
const startStore = async (queried: string[]) =>
  await serve(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const session = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (session === undefined) return void response.writeHead(401).end();
    const query = new URLSearchParams(body).get('query') ?? '';
    queried.push(query);
    const now = Date.now() / 1_000;
    const metric = { session_id: session };
    const known = new Map([
      [monitorQueries.usagePercent.expr, [{ metric, value: [now, '75'] }]],
      [monitorQueries.newestSample.expr, [{ metric: {}, value: [now, String(now)] }]],
    ]);
    return void response.end(JSON.stringify({ data: { result: known.get(query) ?? [] } }));
  });

/** Starts a receiver whose inbox has alerts for both sessions. */
const startReceiver = async (renamed: string[]) =>
  await serve((request, response) => {
    if (request.method === 'PATCH') renamed.push(request.url ?? '');
    const alert = {
      id: 1,
      status: 'firing',
      name: 'A',
      severity: 'warning',
      summary: '',
      description: 'Text.',
    };
    const alerts = ['ann', 'bob'].map((sessionId) => ({ ...alert, sessionId }));
    const answers: Readonly<Record<string, unknown>> = {
      '/alerts': { alerts, watchdogAtMillis: 1 },
      '/v1/sources': { sources: [] },
    };
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  });

async function startPage() {
  const cleanup = new AsyncDisposableStack();
  const renamed: string[] = [];
  const queried: string[] = [];
  const store = cleanup.use(await startStore(queried));
  const receiver = cleanup.use(await startReceiver(renamed));
  const page = cleanup.use(
    webPage({ servers: { store, receiver }, thresholds: defaultThresholds, intervalMillis: 3_600_000 }),
  );
  const app = new Koa().use(async (ctx) => await page.handle(ctx));
  // A closing tab is not an error.
  app.silent = true;
  const { url } = cleanup.use(await serve((...exchange) => void app.callback()(...exchange)));
  return { url, renamed, queried, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

/** Reads the first two events of a tab: the token and the whole state. */
async function firstEvents(url: string, authorization: string) {
  const abort = new AbortController();
  const response = await fetch(`${url}/page/events`, { headers: { authorization }, signal: abort.signal });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (/^data: \{.*\}\n\n/m.test(text)) break;
  }
  abort.abort();
  const token = /^event: token\ndata: (.*)$/m.exec(text)?.[1] ?? '';
  return { token, state: JSON.parse(/^data: (\{.*\})$/m.exec(text)?.[1] ?? '') as PageChange };
}

test('behind a gate, each reader sees only the sessions and alerts that their token allows', async () => {
  await using page = await startPage();
  for (const reader of ['ann', 'bob']) {
    const { state } = await firstEvents(page.url, `Bearer ${reader}`);
    expect(state.sessions.map(({ id }) => id)).toEqual([reader]);
    expect(state.fields.inbox?.map(({ sessionId }) => sessionId)).toEqual([reader]);
  }
});

test('behind a gate, a reader changes only the sessions that they see', async () => {
  await using page = await startPage();
  const { token } = await firstEvents(page.url, 'Bearer ann');
  const rename = async (sessionId: string) =>
    await fetch(`${page.url}/page/name`, {
      method: 'POST',
      headers: { authorization: 'Bearer ann', 'x-ctxd-token': token },
      body: JSON.stringify({ sessionId, name: 'new' }),
    });
  expect((await rename('bob')).status).toBe(404);
  expect((await rename('ann')).status).toBe(200);
  expect(page.renamed).toEqual(['/v1/sessions/ann']);
});

test('all open tabs of a reader share one query', async () => {
  await using page = await startPage();
  await Promise.all(Array.from({ length: 5 }, () => firstEvents(page.url, 'Bearer ann')));
  await firstEvents(page.url, 'Bearer ann');
  expect(page.queried.filter((query) => query === monitorQueries.usagePercent.expr)).toHaveLength(1);
  await firstEvents(page.url, 'Bearer bob');
  expect(page.queried.filter((query) => query === monitorQueries.usagePercent.expr)).toHaveLength(2);
});

test.each([
  ['invalid JSON', 'x', 400, 'Expected a JSON object'],
  ['no session id', '{}', 400, 'Expected `sessionId` to be a non-empty string'],
  ['a body that is too large', `"${'x'.repeat(20_000)}"`, 413, 'Expected a body of at most 16384 bytes'],
])('a change with %s is rejected with a readable error', async (_, body, status, error) => {
  await using page = await startPage();
  const { token } = await firstEvents(page.url, 'Bearer ann');
  const headers = { authorization: 'Bearer ann', 'x-ctxd-token': token };
  const response = await fetch(`${page.url}/page/silence`, { method: 'POST', headers, body });
  expect([response.status, await response.json()]).toEqual([status, { error }]);
});

test('files are compressed for browsers that support it, and not sent again while unchanged', async () => {
  await using page = await startPage();
  const first = await fetch(`${page.url}/page/app.js`);
  expect(first.headers.get('content-encoding')).toBe('gzip');
  const etag = first.headers.get('etag') ?? '';
  expect(
    (
      await fetch(`${page.url}/page/app.js`, {
        headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
      })
    ).status,
  ).toBe(304);
  const plain = await fetch(`${page.url}/`, { headers: { 'accept-encoding': 'identity' } });
  expect(await plain.text()).toContain('<title>ctxd</title>');
  expect((await fetch(`${page.url}/page/app.js`, { method: 'DELETE' })).status).toBe(405);
});
