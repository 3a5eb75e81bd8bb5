import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { SessionRegistry } from './registry.ts';
import { track } from './track.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    get: (headers: Record<string, string> = {}) => fetch(url, { headers }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const session = { 'X-Claude-Code-Session-Id': 's1' };

test('a plain server reports usage, checkpoints and ends under the session of its request', async () => {
  const registry = new SessionRegistry();
  await using server = await serve((req, res) => {
    const { sessionId, sessionIdSource } = track(req, res, { registry });
    const request = track(req, res, { registry });
    const refusals = [
      request.report({ tokensUsed: 150_000 }),
      request.checkpoint({ tokensSaved: 90_000 }),
      request.report({ tokensUsed: -1 }),
    ];
    res.end(JSON.stringify([sessionId, sessionIdSource, registry.get('s1')?.tokensSaved, ...refusals]));
    if (req.headers['x-end'] !== undefined) request.end();
  });
  expect(await (await server.get(session)).json()).toMatchObject([
    's1',
    'x-claude-code-session-id',
    90_000,
    null,
    null,
    { reason: 'negative' },
  ]);
  await server.get({ ...session, 'x-end': '1' });
  expect(registry.size).toBe(0);
});

test('a request is tracked once, counts as activity, and its duration is recorded', async () => {
  const registry = new SessionRegistry();
  registry.reportUsage('s1', { tokensUsed: 1 });
  const before = registry.get('s1')!.lastActivityMillis;
  await using server = await serve((req, res) => {
    track(req, res, { registry });
    track(req, res, { registry, route: '/late' });
    res.writeHead(204).end();
  });
  await vi.waitUntil(() => Date.now() > before, 60_000);
  await server.get(session);
  await vi.waitUntil(() => registry.get('s1')!.lastActivityMillis > before, 60_000);
  expect([...registry.requestDurations.series()]).toMatchObject([
    {
      count: 1,
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 204,
        'url.scheme': 'http',
      },
    },
  ]);
});

test.each([
  ['none', (_req: IncomingMessage) => ({ recordDuration: false }), []],
  ['the one by option', () => ({ route: '/sessions/:id' }), ['/sessions/:id']],
  [
    'the one of Express',
    (req: IncomingMessage) => {
      Object.assign(req, { baseUrl: '/v1', route: { path: '/mcp' } });
      return {};
    },
    ['/v1/mcp'],
  ],
])('records a route: %s', async (_, optionsOf, routes) => {
  const registry = new SessionRegistry();
  registry.reportUsage('s1', { tokensUsed: 1 });
  const before = registry.get('s1')!.lastActivityMillis;
  await using server = await serve((req, res) => {
    track(req, res, { registry, ...optionsOf(req) });
    res.end();
  });
  await vi.waitUntil(() => Date.now() > before, 60_000);
  await server.get(session);
  await vi.waitUntil(() => registry.get('s1')!.lastActivityMillis > before, 60_000);
  const recorded = [...registry.requestDurations.series()];
  expect(recorded.map(({ attributes }) => attributes['http.route'])).toEqual(routes);
});

test.each([
  [
    'the parser of the application',
    (req: IncomingMessage, body: unknown) => void Object.assign(req, { body }),
    {},
  ],
  ['an option', () => undefined, { body: { params: { _meta: { sessionId: 'in-body' } } } }],
])('an MCP session in a body from %s is found', async (_, parse, options) => {
  const registry = new SessionRegistry();
  await using server = await serve((req, res) => {
    const request = track(req, res, { registry, ...options });
    parse(req, { params: { _meta: { sessionId: 'in-body' } } });
    res.end(`${request.sessionIdSource} ${request.sessionId}`);
  });
  expect(await (await server.get()).text()).toBe('mcp-metadata in-body');
});

test.each([
  [undefined, 'Expected the `registry` option to be a SessionRegistry, got `undefined` (undefined)'],
  [
    { registry: new SessionRegistry(), readUsage: () => undefined },
    'Expected `readUsage` to be an option of `track`',
  ],
  [
    { registry: new SessionRegistry(), route: 5 },
    'Expected the `route` option to be a text that is not empty, got `5`',
  ],
])('refuses %o in a sentence', (options, sentence) => {
  expect(() => track({} as never, {} as never, options as never)).toThrow(sentence);
});
