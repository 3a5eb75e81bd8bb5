import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { silence } from '../alerts/silence.ts';
import { silencedSessions, toggleSilence } from './silences.ts';

interface Posted {
  readonly matchers: readonly unknown[];
  readonly startsAt: string;
  readonly endsAt: string;
}

async function startAlertmanager() {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'DELETE') posted.length = 0;
    if (request.method === 'POST') posted.push((await json(request)) as Posted);
    const silences = posted.map((silence) => ({ ...silence, id: 's1', status: { state: 'active' } }));
    response.end(request.method === 'GET' ? JSON.stringify(silences) : '{"silenceID":"s1"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const allButWatchdog = { name: 'severity', value: 'none', isRegex: false, isEqual: false };
const sessionCalled = (value: string) => ({ name: 'session_id', value, isRegex: false, isEqual: true });

test.each(['first', 'all'])('the monitor silences the session %s, and no other, for an hour', async (id) => {
  await using alertmanager = await startAlertmanager();
  expect(await toggleSilence(alertmanager, { id, label: 'shop' })).toMatch(
    new RegExp(String.raw`^Alerts of shop are silenced until \d\d:\d\d:\d\d$`),
  );
  const [{ matchers, startsAt, endsAt } = { matchers: [], startsAt: '', endsAt: '' }] = alertmanager.posted;
  expect(matchers).toEqual([sessionCalled(id)]);
  expect(Date.parse(endsAt) - Date.parse(startsAt)).toBe(3_600_000);
});

test('a second time, the monitor ends the silence of the session', async () => {
  await using alertmanager = await startAlertmanager();
  await toggleSilence(alertmanager, { id: 'one', label: 'shop' });
  expect(await silencedSessions(alertmanager)).toEqual(new Set(['one']));
  expect(await toggleSilence(alertmanager, { id: 'one', label: 'shop' })).toBe(
    'Alerts of shop are no longer silenced',
  );
  expect(await silencedSessions(alertmanager)).toEqual(new Set());
});

test('the command silences all alerts and prints how to end the silence', async () => {
  await using alertmanager = await startAlertmanager();
  const store = { url: 'http://127.0.0.1:9' };
  const answer = await silence({ alertmanager, store }, { session: 'all', seconds: 60 });
  expect(answer).toMatch(/^All alerts are silenced until .+\nEnd it: .+ --end s1$/);
  expect(alertmanager.posted.map(({ matchers }) => matchers)).toEqual([[allButWatchdog]]);
});
