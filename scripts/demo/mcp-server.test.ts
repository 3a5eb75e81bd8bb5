import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SessionRegistry } from 'koa-context-window';
import { expect, test } from 'vitest';
import { connectMcpSession } from './mcp-client.ts';
import { createMcpApp } from './mcp-server.ts';

async function serve() {
  const registry = new SessionRegistry();
  const server = createMcpApp(registry).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    registry,
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The status of a POST; not by fetch, which refuses to send a Host header. */
async function statusOf(url: URL, headers: Record<string, string>): Promise<number | undefined> {
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const outgoing = request(url, { method: 'POST', headers: { ...json, ...headers } }).end(
    JSON.stringify(message),
  );
  const [response] = (await once(outgoing, 'response')) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

test.each([
  ['its own id', '8f14e45f'],
  ['the id that the server gave it', undefined],
])('a session is known by %s from its first report to its end', async (_, ownId) => {
  await using server = await serve();
  const session = await connectMcpSession(server.url, ownId);
  expect(server.registry.size).toBe(0);
  await session.report({ tokensUsed: 150_000 });
  await session.checkpoint({ tokensSaved: 110_000, tokensUsed: 40_000 });
  const expected = { tokensUsed: 40_000, tokensSaved: 110_000, threshold70Count: 1, checkpointCount: 1 };
  expect(server.registry.get(ownId ?? session.sessionId)).toMatchObject(expected);
  await session.end();
  expect(server.registry.size).toBe(0);
  await session.close();
});

test('a refused report makes the tool return an error', async () => {
  await using server = await serve();
  const session = await connectMcpSession(server.url);
  await expect(session.report({ tokensUsed: -1 })).rejects.toThrow('refused');
  await expect(session.checkpoint({ tokensSaved: 1, tokensUsed: 1 })).rejects.toThrow('refused');
  await session.close();
});

test.each([
  ['a session that it does not know', { 'mcp-session-id': 'gone' }, 404],
  ['a message before the session is initialized', {}, 400],
  ['a host of another name', { host: 'attacker.example' }, 403],
  ['a page of another origin', { origin: 'https://attacker.example' }, 403],
])('answers %s (%o) with status %d', async (_, headers, status) => {
  await using server = await serve();
  expect(await statusOf(server.url, headers)).toBe(status);
});

test('opens no stream for a GET', async () => {
  await using server = await serve();
  expect((await fetch(server.url, { headers: { accept: 'text/event-stream' } })).status).toBe(405);
});
