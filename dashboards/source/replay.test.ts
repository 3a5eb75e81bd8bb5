import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { replaySource } from './replay.ts';

test('a replay ends with the first snapshot read at its end, not with one that was being read when the end came', async () => {
  let nowMillis = 0;
  await using server = createServer((_, response) => {
    nowMillis = 60_000;
    response.end('{"status":"success","data":{"result":[]}}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const source = replaySource(
    { url },
    { startSeconds: 100, endSeconds: 110, speed: 1, now: () => nowMillis },
  );
  await source.snapshot();
  expect([source.now(), source.isOver?.()]).toEqual([110_000, false]);
  await source.snapshot();
  expect(source.isOver?.()).toBe(true);
});
