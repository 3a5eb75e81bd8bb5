import { expect, test } from 'vitest';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { authorizationFor } from '../compose/runtime/login.ts';
import { partNamed } from '../compose/parts.ts';
import type { InboxView } from '#answers';
import { startNative } from '../scripts/stack/native-stack.ts';

test('an alert that resolves and fires again with the same start ends as firing in the inbox', async () => {
  await using stack = await startNative({ parts: ['alertmanager', 'receiver'], print: console.log });
  const authorization = await authorizationFor(partNamed('alertmanager'), stack.stateDir);
  const startsAt = new Date();
  const post = (endsAt: Date) =>
    fetchFrom({ url: stack.urls.alertmanager }, '/api/v2/alerts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: authorization ?? '' },
      body: JSON.stringify([
        {
          labels: { alertname: 'ContextWindowCritical', severity: 'critical', session_id: 'again' },
          startsAt,
          endsAt,
        },
      ]),
    });
  const inbox = async () => {
    const answer = await fetch(`${stack.urls.receiver}/alerts`);
    return ((await answer.json()) as InboxView).alerts.map(({ status }) => status);
  };
  const later = new Date(Date.now() + 300_000);
  const course: string[] = [];
  for (const status of ['firing', 'resolved', 'firing'] as const) {
    course.push(status);
    await post(status === 'firing' ? later : new Date());
    await waitUntil(async () => (await inbox()).length >= course.length, 30_000);
    expect(await inbox()).toEqual(course);
  }
  const { alerts } = (await (await fetch(`${stack.urls.receiver}/alerts`)).json()) as InboxView;
  expect(new Set(alerts.map((alert) => alert.startsAt)).size).toBe(1);
});
