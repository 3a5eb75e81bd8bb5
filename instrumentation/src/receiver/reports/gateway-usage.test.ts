import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import Koa, { type Context } from 'koa';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../clock.ts';
import { SessionRegistry } from '../../registry.ts';
import { gatewayUsage } from './gateway-usage.ts';
import { SessionIntake } from '../sessions/session-intake.ts';
import { SessionTracker } from '../sessions/session-tracker.ts';

const message = {
  id: 'msg_1',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'é'.repeat(40_000) }],
  usage: { input_tokens: 10, cache_creation_input_tokens: 200, cache_read_input_tokens: 3_000 },
};
const json = JSON.stringify(message);
const events = `data: ${JSON.stringify({ type: 'message_start', message: { ...message, content: [] } })}\n\n`;

/** A gateway with an upstream that the test defines. */
async function gateway(answer: (ctx: Context) => void) {
  const registry = new SessionRegistry();
  const intake = new SessionIntake(registry, new SessionTracker({ clock: systemClock }));
  const app = new Koa();
  app.silent = true;
  app.use(gatewayUsage({ accept: (adapted) => intake.accept(adapted) }));
  app.use(answer);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = (
    path = '/v1/messages',
    headers: Record<string, string> = { 'x-claude-code-session-id': 's1' },
  ) => fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers });
  return {
    registry,
    ask,
    ignored: () => intake.sources().find(({ source }) => source === 'gateway')?.ignored,
    [Symbol.dispose]: () => server.close().closeAllConnections(),
  };
}

const bytes = (text: string) => Readable.from([Buffer.from(text.slice(0, 50)), Buffer.from(text.slice(50))]);

describe('a gateway', () => {
  test.each<[string, string, (ctx: Context) => void]>([
    ['an object', json, (ctx) => void (ctx.body = message)],
    ['text', json, (ctx) => void (ctx.body = json)],
    ['bytes', json, (ctx) => void (ctx.body = Buffer.from(json))],
    ['a stream of JSON', json, (ctx) => void Object.assign(ctx, { type: 'json', body: bytes(json) })],
    [
      'a stream of events',
      events,
      (ctx) => void Object.assign(ctx, { type: 'text/event-stream', body: bytes(events) }),
    ],
    [
      'a web stream',
      events,
      (ctx) => void Object.assign(ctx, { type: 'text/event-stream', body: new Blob([events]).stream() }),
    ],
    ['a fetched response', json, (ctx) => void (ctx.body = Response.json(message))],
  ])('reads the usage in %s, and passes it on unchanged', async (_, text, answer) => {
    using served = await gateway(answer);
    const response = await served.ask();
    expect(await response.text()).toBe(text);
    expect(served.registry.get('s1')).toMatchObject({ tokensUsed: 3_210, model: 'claude-haiku-4-5' });
  });

  test('keeps the length of a stream that has one', async () => {
    using served = await gateway((ctx) => {
      Object.assign(ctx, { type: 'json', body: bytes(json), length: Buffer.byteLength(json) });
    });
    const response = await served.ask();
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(json)));
  });

  test('ignores everything else', async () => {
    using served = await gateway((ctx) => void (ctx.body = message));
    await served.ask('/v1/messages/count_tokens');
    await served.ask('/v1/messages', {});
    expect([served.registry.size, served.ignored()]).toEqual([0, {}]);
  });

  test('counts what it cannot read', async () => {
    using served = await gateway((ctx) => {
      if (ctx.query['kind'] === 'packed') ctx.set('content-encoding', 'identity');
      ctx.body = 'no JSON';
    });
    await served.ask('/v1/messages');
    await served.ask('/v1/messages?kind=packed');
    expect(served.ignored()).toEqual({ unreadable: 2 });
  });

  test('passes on a response of more than 4 MiB without reading it', async () => {
    const large = JSON.stringify({ ...message, content: 'x'.repeat(4_200_000) });
    using served = await gateway((ctx) => void Object.assign(ctx, { type: 'json', body: bytes(large) }));
    expect((await (await served.ask()).text()).length).toBe(large.length);
    expect(served.ignored()).toEqual({ unreadable: 1 });
  });

  test('passes on a stream that is cut off, and reports nothing', async () => {
    using served = await gateway((ctx) => {
      ctx.type = 'text/event-stream';
      ctx.body = Readable.from(
        (async function* breaks() {
          yield Buffer.from(events);
          await new Promise((resolve) => setTimeout(resolve, 20));
          throw new Error('the upstream went away');
        })(),
      );
    });
    await expect(served.ask().then((response) => response.text())).rejects.toThrow('terminated');
    await vi.waitFor(() => expect(served.registry.size).toBe(0), 60_000);
  });
});
