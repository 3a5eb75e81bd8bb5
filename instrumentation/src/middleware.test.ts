import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { rm } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import Koa, { type Middleware } from 'koa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { contextWindow, type ContextWindowOptions, type ContextWindowState } from './middleware.ts';
import { SessionRegistry } from './registry.ts';

type App = Koa<ContextWindowState>;

let registry: SessionRegistry;
const servers: Server[] = [];

beforeEach(() => {
  registry = new SessionRegistry();
});

afterEach(() => {
  diag.disable();
  for (const server of servers.splice(0)) server.close();
});

async function serve(
  handler: Middleware<ContextWindowState>,
  options: Partial<ContextWindowOptions> = {},
  prepare: (app: App) => unknown = () => undefined,
) {
  const app: App = new Koa();
  app.silent = true;
  prepare(app);
  app.use(contextWindow({ registry, ...options })).use(handler);
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return (headers: Record<string, string> = {}, path = '/') => fetch(`${url}${path}`, { headers });
}

const session = (id: string) => ({ 'X-Claude-Code-Session-Id': id });
const warnings: string[] = [];

function recordWarnings() {
  warnings.length = 0;
  const ignore = () => undefined;
  diag.setLogger(
    { warn: (text) => warnings.push(text), error: ignore, info: ignore, debug: ignore, verbose: ignore },
    DiagLogLevel.WARN,
  );
}

describe('a handler', () => {
  test('reports usage and checkpoints under the session of its request', async () => {
    const get = await serve((ctx) => {
      const { contextWindow } = ctx.state;
      contextWindow.report({ tokensUsed: 150_000, model: 'm' });
      contextWindow.checkpoint({ tokensSaved: 90_000 });
      ctx.body = [contextWindow.sessionId, contextWindow.sessionIdSource];
    });
    expect(await (await get(session('s1'))).json()).toEqual(['s1', 'x-claude-code-session-id']);
    expect(registry.get('s1')).toMatchObject({
      tokensUsed: 150_000,
      checkpointCount: 1,
      tokensSaved: 90_000,
    });
  });

  test('shares state between two requests of one session', async () => {
    const get = await serve((ctx) => {
      ctx.state.contextWindow.report({ tokensUsed: Number(ctx.query['tokens']) });
      ctx.status = 204;
    });
    await get(session('s1'), '/?tokens=150000');
    await get(session('s1'), '/?tokens=160000');
    expect(registry.activeSessions()).toHaveLength(1);
    expect(registry.get('s1')).toMatchObject({ tokensUsed: 160_000, threshold70Count: 1 });
  });

  test('keeps 120 concurrent sessions apart', async () => {
    const get = await serve(async (ctx) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      ctx.state.contextWindow.report({ tokensUsed: Number(ctx.query['tokens']) });
      ctx.status = 204;
    });
    await Promise.all(
      Array.from({ length: 120 }, (_, index) => get(session(`s${index}`), `/?tokens=${index}`)),
    );
    for (let index = 0; index < 120; index++) expect(registry.get(`s${index}`)?.tokensUsed).toBe(index);
  });

  test('ends the session', async () => {
    registry.reportUsage('s1', { tokensUsed: 1 });
    const get = await serve((ctx) => {
      ctx.body = [ctx.state.contextWindow.end(), ctx.state.contextWindow.end()];
    });
    expect(await (await get(session('s1'))).json()).toMatchObject([
      null,
      {
        reason: 'unknown_session',
        message: 'Expected `sessionId` to be a session with reported usage, got `s1`',
      },
    ]);
    expect(registry.size).toBe(0);
  });

  test('sees the session id in the MCP metadata if a body parser ran before', async () => {
    const parser: Middleware = (ctx, next) => {
      (ctx.request as { body?: unknown }).body = { params: { _meta: { sessionId: 'from-body' } } };
      return next();
    };
    const get = await serve(
      (ctx) => (ctx.body = ctx.state.contextWindow.sessionId),
      {},
      (app) => app.use(parser),
    );
    expect(await (await get()).text()).toBe('from-body');
  });

  test('learns that a report was refused, and diag says why', async () => {
    recordWarnings();
    const get = await serve((ctx) => {
      ctx.body = [
        ctx.state.contextWindow.report({ tokensUsed: -7 }),
        ctx.state.contextWindow.report(undefined as never),
      ];
    });
    expect(await (await get(session('s1'))).json()).toMatchObject([
      { reason: 'negative' },
      { reason: 'not_an_object' },
    ]);
    expect(warnings.join()).toContain(
      'Expected `tokensUsed` to be a number from 0 to 2^53 - 1, got `-7` (number)',
    );
    expect(registry.size).toBe(0);
  });

  test('gets an id from its connection if no header has one, the same for the next request on it', async () => {
    await serve((ctx) => (ctx.body = ctx.state.contextWindow.sessionId));
    const { port } = servers.at(-1)!.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await rawGet({ port, agent });
    expect(first).toMatch(/^conn_127\.0\.0\.1:\d+$/);
    expect(await rawGet({ port, agent })).toBe(first);
    agent.destroy();
    expect(registry.size).toBe(0);
  });
});

describe('the middleware', () => {
  test('creates no session from an id alone', async () => {
    const get = await serve((ctx) => (ctx.status = 204));
    await get(session('s1'));
    await get({ 'X-Request-ID': 'r1' });
    expect(registry.size).toBe(0);
  });

  test('counts refused ids once per request', async () => {
    const get = await serve((ctx) => (ctx.body = ctx.state.contextWindow.sessionId));
    expect(await (await get({ 'X-Claude-Session-ID': 'a b', 'Mcp-Session-Id': 'm' })).text()).toBe('m');
    expect([...registry.sessionIdsRefused.entries()]).toEqual([['invalid_character', 1]]);
  });

  test('treats a repeated header as absent', async () => {
    await serve((ctx) => (ctx.body = ctx.state.contextWindow.sessionId));
    const { port } = servers.at(-1)!.address() as AddressInfo;
    expect(await rawGet({ port }, { 'x-claude-code-session-id': ['a', 'b'], 'mcp-session-id': 'm' })).toBe(
      'm',
    );
    expect(registry.sessionIdsRefused.get('repeated')).toBe(1);
  });

  test('counts a request of a session as activity', async () => {
    registry.reportUsage('s1', { tokensUsed: 1 });
    const before = registry.get('s1')!.lastActivityMillis;
    const get = await serve((ctx) => (ctx.status = 204));
    await vi.waitUntil(() => Date.now() > before, 60_000);
    await get(session('s1'));
    await vi.waitUntil(() => registry.get('s1')!.lastActivityMillis > before, 60_000);
  });

  test('reads usage from the context after the response if `readUsage` is set', async () => {
    const get = await serve((ctx) => (ctx.body = { usage: 77 }), {
      readUsage: (ctx) => ({ tokensUsed: (ctx.body as { usage: number }).usage }),
    });
    await get(session('s1'));
    await vi.waitUntil(() => registry.get('s1')?.tokensUsed === 77, 60_000);
  });

  test('survives a `readUsage` that throws or returns nothing', async () => {
    recordWarnings();
    const get = await serve((ctx) => (ctx.body = 'fine'), {
      readUsage: (ctx) => {
        if (ctx.path === '/none') return undefined;
        throw new Error('no usage here');
      },
    });
    expect(await (await get(session('s1'))).text()).toBe('fine');
    await get(session('s1'), '/none');
    await vi.waitUntil(() => warnings.some((text) => text.includes('no usage here')), 60_000);
    expect(registry.size).toBe(0);
  });

  test('changes neither an error nor its status', async () => {
    const seen: unknown[] = [];
    const failure = Object.assign(new Error('teapot'), { status: 418, expose: true });
    const catcher: Middleware = async (_, next) => {
      try {
        await next();
      } catch (error) {
        seen.push(error);
        throw error;
      }
    };
    const get = await serve(
      () => {
        throw failure;
      },
      {},
      (app) => app.use(catcher),
    );
    const response = await get(session('s1'));
    expect([response.status, await response.text()]).toEqual([418, 'teapot']);
    expect(seen).toEqual([failure]);
  });

  test('runs the next middleware exactly once, even if mounted twice', async () => {
    let calls = 0;
    const get = await serve(
      (ctx) => {
        calls += 1;
        ctx.status = 204;
      },
      {},
      (app) => app.use(contextWindow({ registry })),
    );
    await get();
    expect(calls).toBe(1);
    await vi.waitUntil(() => [...registry.requestDurations.series()].length > 0, 60_000);
    expect([...registry.requestDurations.series()].map(({ count }) => count)).toEqual([1]);
  });

  test('leaves a streamed body as it is and counts its whole duration', async () => {
    const get = await serve((ctx) => {
      ctx.respond = false;
      ctx.res.writeHead(201);
      ctx.res.write('a');
      setTimeout(() => ctx.res.end('b'), 30);
    });
    const response = await get();
    expect([response.status, await response.text()]).toEqual([201, 'ab']);
    await vi.waitUntil(() => [...registry.requestDurations.series()].length > 0, 60_000);
    const [series] = [...registry.requestDurations.series()];
    expect(series?.attributes['http.response.status_code']).toBe(201);
    expect(series?.sumSeconds).toBeGreaterThanOrEqual(0.029);
  });

  test('records durations by the matched route, and none if turned off', async () => {
    const routed: Middleware = (ctx, next) => {
      Object.assign(ctx, { _matchedRoute: '/sessions/:id' });
      return next();
    };
    const get = await serve(
      (ctx) => (ctx.status = 204),
      {},
      (app) => app.use(routed),
    );
    await get({}, '/sessions/7');
    await vi.waitUntil(() => [...registry.requestDurations.series()].length === 1, 60_000);
    expect([...registry.requestDurations.series()][0]?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 204,
      'http.route': '/sessions/:id',
      'url.scheme': 'http',
    });
    const quiet = new SessionRegistry();
    const getQuietly = await serve((ctx) => (ctx.status = 204), { registry: quiet, recordDuration: false });
    quiet.reportUsage('s1', { tokensUsed: 1 });
    await getQuietly(session('s1'));
    expect([...quiet.requestDurations.series()]).toEqual([]);
  });

  test('survives a session id source that throws', async () => {
    const source = {
      name: 'broken',
      read: () => {
        throw new Error('broken');
      },
    };
    const get = await serve((ctx) => (ctx.body = ctx.state.contextWindow.sessionId), {
      sessionIdSources: [source],
    });
    expect(await (await get()).text()).toBe('unknown');
    expect(registry.sessionIdsRefused.get('unreadable')).toBe(1);
  });

  test('refuses reports of a request without a session', async () => {
    const get = await serve((ctx) => (ctx.body = [ctx.state.contextWindow.report({ tokensUsed: 1 })]), {
      sessionIdSources: [],
    });
    expect(await (await get()).json()).toMatchObject([{ reason: 'invalid_session_id' }]);
    expect(registry.size).toBe(0);
  });

  test('numbers the connections of a Unix socket', async () => {
    const app: App = new Koa();
    app.use(contextWindow({ registry })).use((ctx) => (ctx.body = ctx.state.contextWindow.sessionId));
    const path = join(tmpdir(), `koa-context-window-${process.pid}.sock`);
    const server = createServer(app.callback()).listen(path);
    servers.push(server);
    await once(server, 'listening');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await rawGet({ socketPath: path, agent });
    expect(first).toMatch(/^conn_\d+$/);
    expect(await rawGet({ socketPath: path, agent })).toBe(first);
    expect(await rawGet({ socketPath: path })).not.toBe(first);
    agent.destroy();
    await rm(path, { force: true });
  });

  test.each([
    ['registry', {}, 'Expected the `registry` option to be a SessionRegistry, got `undefined` (undefined)'],
    ['registry', undefined, 'registry'],
    ['sessionIdSources', { registry: new SessionRegistry(), sessionIdSources: ['x-id'] }, 'sessionIdSources'],
    [
      'readUsage',
      { registry: new SessionRegistry(), readUsage: 5 },
      'Expected the `readUsage` option to be a function, got `5` (number)',
    ],
    [
      'recordDurations',
      { registry: new SessionRegistry(), recordDurations: false },
      'Expected `recordDurations` to be an option of `contextWindow`, one of registry, sessionIdSources, recordDuration, readUsage, got `false` (boolean)\nDid you mean `recordDuration`?',
    ],
    [
      'recordDuration',
      { registry: new SessionRegistry(), recordDuration: 'no' },
      'Expected the `recordDuration` option to be a boolean, got `no` (string)',
    ],
    [
      'options',
      'registry',
      'Expected the options of `contextWindow` to be an object, got `registry` (string)',
    ],
  ])('refuses a wrong %s at construction', (_, options, text) => {
    expect(() => contextWindow(options as never)).toThrow(text);
  });

  test('is named contextWindow in Koa', () => {
    expect(contextWindow({ registry }).name).toBe('contextWindow');
  });
});

async function rawGet(
  target: { port?: number; socketPath?: string; agent?: Agent },
  headers: OutgoingHttpHeaders = {},
): Promise<string> {
  const outgoing = httpRequest({ host: '127.0.0.1', agent: false, headers, ...target }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}
