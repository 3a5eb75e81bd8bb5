import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { deliveredAlerts } from './delivered-alerts.ts';

const kept = {
  id: 1,
  receivedAtMillis: 1_000,
  status: 'firing',
  name: 'ContextWindowCritical',
  severity: 'critical',
  sessionId: 'first',
  summary: 'A session is nearly full.',
};

async function receiverAnswering(status: number, body: string) {
  const server = createServer(({ url, headers }, response) => {
    const isAllowed = url === '/alerts' && headers.authorization === 'Bearer key';
    response.writeHead(isAllowed ? status : 401).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    authorization: 'Bearer key',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('alerts of the inbox come newest first, without a session if they are not about one', async () => {
  const resolved = { ...kept, id: 2, receivedAtMillis: 2_000, status: 'resolved', sessionId: '' };
  await using receiver = await receiverAnswering(200, JSON.stringify({ alerts: [kept, resolved] }));
  const { name, severity } = kept;
  expect(await deliveredAlerts(receiver)).toEqual([
    { atMillis: 2_000, status: 'resolved', name, severity, sessionId: undefined },
    { atMillis: 1_000, status: 'firing', name, severity, sessionId: 'first' },
  ]);
});

test('an empty inbox returns no alerts', async () => {
  await using receiver = await receiverAnswering(200, '{"alerts":[],"watchdogAtMillis":null}');
  expect(await deliveredAlerts(receiver)).toEqual([]);
});

test.each([
  ['refuses', 500, 'broken'],
  ['answers with something else', 200, '<html>'],
  ['answers without alerts', 200, '{}'],
])('returns nothing if the receiver %s', async (_, status, body) => {
  await using receiver = await receiverAnswering(status, body);
  expect(await deliveredAlerts(receiver)).toBeUndefined();
});

test('returns nothing without a receiver, or if it has stopped', async () => {
  const receiver = await receiverAnswering(200, '{"alerts":[]}');
  await receiver[Symbol.asyncDispose]();
  expect(await deliveredAlerts(receiver)).toBeUndefined();
  expect(await deliveredAlerts(undefined)).toBeUndefined();
});
