import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntil } from '../compose/runtime/health.ts';
import { type Backend, startBackend } from './backend.ts';
import { courseOf as deliveredCourse, expectCourse as expectDeliveredCourse } from './delivered-alerts.ts';
import { type KoaApp, startKoaApp } from './koa-app.ts';

/** How long vmalert may take to send what it could not. */
const resentMillis = 16_000;
/** How long after it told something Alertmanager has surely written that down. */
const writtenMillis = 3_000;
const firing = 'ContextWindowCritical firing';
const resolved = 'ContextWindowCritical resolved';
/** What the session is told of that is there from beginning to end. */
const steady = ['ContextWindowWarning firing', firing];

const resources = new AsyncDisposableStack();
let backend: Backend;
let app: KoaApp;

beforeAll(async () => {
  backend = resources.use(await startBackend({ withReceiver: true }));
  app = resources.use(await startKoaApp(backend.urls.collector));
  await app.send('steady', { tokens: 150_000 });
  await expectCourse('steady', steady.slice(0, 1));
  await app.send('steady', { tokens: 190_000 });
  await expectCourse('steady', steady);
  for (const session of ['jumps', 'over']) await app.send(session, { tokens: 190_000 });
  for (const session of ['jumps', 'over']) await expectCourse(session, [firing]);
}, 900_000);

afterAll(() => resources.disposeAsync());

const courseOf = (session: string) => deliveredCourse(backend.urls.webhook, session);
const expectCourse = (session: string, course: readonly string[], options = {}) =>
  expectDeliveredCourse(backend.urls.webhook, session, course, options);
const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

test('whenever a critical alert ends, what was told is told to be over, and nothing besides', async () => {
  const over = { tokens: 20_000, saved: 170_000 };
  const told = {
    brief: [firing, resolved],
    long: [firing, resolved],
    warned: [...steady, 'ContextWindowWarning resolved', resolved],
  };
  const kinds = Object.keys(told) as (keyof typeof told)[];
  // Spread over what Alertmanager's and vmalert's intervals have in common.
  const sessions = kinds.flatMap((kind) =>
    Array.from({ length: 40 }, (_, index) => ({
      kind,
      session: `${kind}-${index}`,
      startMillis: 750 * index,
    })),
  );
  const live = sessions.map(async ({ kind, session, startMillis }) => {
    await sleep(startMillis);
    if (kind === 'warned') {
      await app.send(session, { tokens: 150_000 });
      await sleep(6_000);
    }
    await app.send(session, { tokens: 190_000 });
    await sleep(kind === 'brief' ? 4_000 : 14_000);
    await app.send(session, over);
  });
  await Promise.all(live);
  const expectAll = async () => {
    for (const { kind, session } of sessions)
      await expectCourse(session, told[kind], { anyOrderFrom: told[kind].length / 2 });
  };
  await expectAll();
  await sleep(6_000);
  await expectAll();
});

const restarts = (['vmalert', 'alertmanager', 'victoriametrics'] as const).flatMap((part) =>
  (['SIGTERM', 'SIGKILL'] as const).map((signal) => [part, signal] as const),
);

test.each(restarts)('a restart of %s by %s loses no alert and tells none twice', async (part, signal) => {
  const session = `${part}-${signal}`;
  await sleep(writtenMillis);
  await backend.stop(part, signal);
  await app.send(session, { tokens: 190_000 });
  await backend.start(part);
  await expectCourse(session, [firing]);
  expect(await courseOf('steady')).toEqual(steady);
  expect(await courseOf('jumps')).toEqual([firing]);
});

test('a crash of VictoriaMetrics that forgets a crossing just told resolves nothing and tells nothing twice', async () => {
  await app.send('forgotten', { tokens: 190_000 });
  await expectCourse('forgotten', [firing]);
  await backend.stop('victoriametrics', 'SIGKILL');
  await backend.start('victoriametrics');
  await app.send('remembered', { tokens: 190_000 });
  await expectCourse('remembered', [firing]);
  expect(await courseOf('forgotten')).toEqual([firing]);
});

test('what is over while Alertmanager is away is resolved once it is back', async () => {
  await backend.stop('alertmanager');
  await app.send('over', { tokens: 20_000, saved: 170_000 });
  await waitUntil(async () => !(await isCritical('over')), 60_000);
  await backend.start('alertmanager');
  await expectCourse('over', [firing, resolved]);
});

// vmalert last: what was about to end when it went away, Alertmanager ends by itself a minute later, unless it went away, too.
const outages = [
  ['VictoriaMetrics', 'victoriametrics'],
  ['Alertmanager', 'alertmanager'],
  ['the collector', 'collector'],
  ['vmalert', 'vmalert'],
] as const;

test.each(outages)(
  'an outage of %s of 20 s loses nothing, not even what is over by then, resolves nothing and tells nothing twice',
  async (_, part) => {
    await backend.stop(part);
    await app.send(`in-${part}`, { tokens: 190_000 });
    await sleep(2_000);
    await app.send(`in-${part}`, { tokens: 20_000, saved: 170_000 });
    await sleep(18_000);
    await backend.start(part);
    await app.send(`after-${part}`, { tokens: 190_000 });
    await expectCourse(`after-${part}`, [firing]);
    await waitUntil(async () => (await courseOf(`in-${part}`)).length > 0, 60_000);
    expect((await courseOf(`in-${part}`))[0]).toBe(firing);
    expect(await courseOf('steady')).toEqual(steady);
    expect(await courseOf('jumps')).toEqual([firing]);
  },
);

test('in the end each was told once and over once, the inbox like the webhook', async () => {
  await sleep(resentMillis);
  const during = outages.map(([, part]) => `in-${part}`);
  const after = outages.map(([, part]) => `after-${part}`);
  const crossed = [...restarts.map((names) => names.join('-')), 'forgotten', 'jumps', ...after];
  for (const session of ['steady', ...crossed]) await app.send(session, { tokens: 20_000, saved: 170_000 });
  const over = ['ContextWindowWarning resolved', resolved];
  await expectCourse('steady', [...steady, ...over], { anyOrderFrom: steady.length });
  for (const session of [...crossed, ...during, 'over']) await expectCourse(session, [firing, resolved]);
  const { alerts } = (await (await fetch(`${backend.urls.receiver}/alerts`)).json()) as {
    alerts: { sessionId: string; name: string; status: string }[];
  };
  for (const session of ['steady', ...crossed, ...during, 'over']) {
    const kept = alerts.filter(({ sessionId }) => sessionId === session);
    expect(kept.map(({ name, status }) => `${name} ${status}`)).toEqual(await courseOf(session));
  }
});

/** Whether vmalert says that the session's critical alert fires. */
async function isCritical(sessionId: string): Promise<boolean> {
  const answer = (await (await fetch(`${backend.urls.vmalert}/api/v1/alerts`)).json()) as {
    data: { alerts: { name: string; state: string; labels: Record<string, string> }[] };
  };
  return answer.data.alerts.some(
    ({ name, state, labels }) =>
      name === 'ContextWindowCritical' && state === 'firing' && labels['session_id'] === sessionId,
  );
}
