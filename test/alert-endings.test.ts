import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import { firing, resolved, saved } from './alerted-backend.ts';
import { startBackend } from './backend.ts';
import { expectCourse } from './delivered-alerts.ts';
import { startKoaApp } from './koa-app.ts';

const warning = ['ContextWindowWarning firing'];
const notifications = {
  brief: [firing, resolved],
  long: [firing, resolved],
  warned: [...warning, firing, 'ContextWindowWarning resolved', resolved],
};
type Kind = keyof typeof notifications;

// Spread over every phase of the intervals of vmalert and Alertmanager.
const sessions = (Object.keys(notifications) as Kind[]).flatMap((kind) =>
  Array.from({ length: 40 }, (_, index) => ({
    kind,
    session: `${kind}-${index}`,
    startMillis: 750 * index,
  })),
);

test('whenever a critical alert ends, each alert that fired resolves once, and nothing else is sent', async () => {
  await using backend = await startBackend();
  await using app = await startKoaApp(backend.urls.collector);
  const { webhook } = backend.urls;
  const live = async (kind: Kind, session: string) => {
    if (kind === 'warned') {
      await app.send(session, { tokens: 150_000 });
      await sleep(6_000);
      await expectCourse(webhook, session, warning);
    }
    await app.send(session, { tokens: 190_000 });
    await sleep(kind === 'brief' ? 4_000 : 14_000);
    await app.send(session, saved);
  };
  const lives = sessions.map(async ({ kind, session, startMillis }) => {
    await sleep(startMillis);
    await live(kind, session);
  });
  await Promise.all(lives);
  const expectAll = async () => {
    for (const { kind, session } of sessions)
      await expectCourse(webhook, session, notifications[kind], {
        anyOrderFrom: notifications[kind].length / 2,
      });
  };
  await expectAll();
  // Time for one notification too many to arrive.
  await sleep(6_000);
  await expectAll();
});
