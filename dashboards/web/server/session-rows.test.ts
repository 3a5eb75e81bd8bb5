import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { readTrends, rowsFrom } from './session-rows.ts';

const none = new Map<string, number>();
const of = (value: number) => new Map([['a', value]]);

/** The row of a session that was last active at a time, 1,000 seconds into the epoch. */
const rowOf = (lastActivitySeconds: number) =>
  rowsFrom(
    {
      values: {
        usagePercent: of(70),
        tokensUsed: of(140_000),
        windowTokens: of(200_000),
        checkpoints: none,
        tokensSaved: none,
        costUsd: none,
        compactionTokens: none,
        secondsToFull: of(600.4),
        lastActivitySeconds: of(lastActivitySeconds),
      },
      info: [{ labels: { session_id: 'a', project: 'shop', window_source: 'default' }, value: 1 }],
    },
    { atSeconds: 1_000, thresholds: defaultThresholds, trends: new Map(), labelsBefore: new Map() },
  ).get('a');

test('a row has what the store knows about its session', () => {
  expect(rowOf(995)).toMatchObject({
    label: 'shop',
    severity: 'warning',
    secondsToFull: 600,
    isWindowAssumed: true,
    checkpoints: 0,
    trend: [],
  });
});

test('an idle session is not about to be full', () => {
  expect(rowOf(800)?.secondsToFull).toBeUndefined();
});

test('a sparkline starts with the session and keeps its gaps', async () => {
  const values = [
    [3_480, '10'],
    [3_600, '20.4'],
    [3_840, '40'],
  ];
  const answer = { data: { result: [{ metric: { session_id: 'a' }, values }] } };
  const server = createServer((_, response) => void response.end(JSON.stringify(answer)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const trends = await readTrends({ url: `http://127.0.0.1:${port}` }, 3_970);
  server.close();
  expect(trends).toEqual(new Map([['a', [10, 20, null, 40, null]]]));
});
