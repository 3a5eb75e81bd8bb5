import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { SessionRegistry } from '../../registry.ts';
import { AlertInbox } from '../inbox/alert-inbox.ts';
import { QueuedEvents } from '../reports/queued-events.ts';
import { mostNewSessions } from '../sessions/admission.ts';
import { Nudges } from '../sessions/nudges.ts';
import { SessionIntake } from '../sessions/session-intake.ts';
import { SessionTracker } from '../sessions/session-tracker.ts';
import { receiverApp } from './receiver-app.ts';

test('a program hears of it when too many sessions are new, and its known ones continue', async () => {
  const intake = new SessionIntake(new SessionRegistry(), new SessionTracker());
  for (let index = 0; index < mostNewSessions + 1_000; index += 1)
    intake.accept({ observations: [{ sessionId: `s${index}`, source: 'api', tokensUsed: 1 }], ignored: [] });
  using events = new QueuedEvents({ clock: systemClock, accept: () => undefined });
  const inbox = new AlertInbox(systemClock);
  const app = receiverApp({
    intake,
    nudges: new Nudges(intake, {}),
    events,
    inbox,
    access: { hosts: [], token: undefined },
    isReady: () => true,
  });
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const report = async (id: string) =>
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/sessions/${id}/usage`, {
      method: 'POST',
      body: '{"tokensUsed":2}',
    });
  const refused = await report('new');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await refused.json()).toMatchObject({ error: { field: 'id', value: '`new` (string)' } });
  expect((await report(`s${mostNewSessions - 1}`)).status).toBe(204);
  server.closeAllConnections();
  server.close();
});
