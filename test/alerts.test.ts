import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../compose/runtime/health.ts';
import { basicAuthorization } from '../compose/runtime/login.ts';
import { startBackend, type Backend } from './backend.ts';
import { type DeliveredAlert, deliveredAlerts, expectCourse } from './delivered-alerts.ts';
import { startKoaApp, type KoaApp } from './koa-app.ts';
import { startSevenMetricsSender } from './seven-metrics-sender.ts';

let backend: Backend;
let app: KoaApp;

beforeAll(async () => {
  backend = await startBackend();
  app = await startKoaApp(backend.urls.collector);
}, 900_000);

afterAll(async () => {
  await app?.stop();
  await backend?.[Symbol.asyncDispose]();
});

const delivered = (sessionId: string) => deliveredAlerts(backend.urls.webhook, sessionId);

async function expectDelivery(
  sessionId: string,
  alertname: string,
  status: DeliveredAlert['status'] = 'firing',
): Promise<DeliveredAlert> {
  let found: DeliveredAlert | undefined;
  const find = async () => {
    found = (await delivered(sessionId)).find(
      (alert) => alert.status === status && alert.labels['alertname'] === alertname,
    );
    return found !== undefined;
  };
  if (!(await waitUntil(find, 120_000)))
    throw new Error(`${alertname} (${status}) of ${sessionId} never arrived`);
  return found!;
}

describe.concurrent('the webhook', () => {
  test('receives a warning at 70 % with the session and the number in it, and none at 69.9 %', async () => {
    await app.send('below-warning', { tokens: 139_800 });
    await app.send('at-warning', { tokens: 140_000 });
    const alert = await expectDelivery('at-warning', 'ContextWindowWarning');
    expect(alert.labels).toMatchObject({ severity: 'warning', session_id: 'at-warning' });
    expect(alert.annotations['description']).toBe(
      'Session at-warning reached 70.0 % of its context window (140k of 200k tokens). Plan a checkpoint, or type /compact at the next natural break.',
    );
    expect(alert.annotations['dashboard_url'] ?? '').toBe('');
    expect(existsSync(new URL(alert.annotations['runbook_url'] ?? ''))).toBe(true);
    expect(await delivered('below-warning')).toEqual([]);
  });

  test('receives a critical alert at 90 % and no warning for the same jump', async () => {
    await app.send('jumps', { tokens: 10_000 });
    await app.send('jumps', { tokens: 180_000 });
    const alert = await expectDelivery('jumps', 'ContextWindowCritical');
    expect(alert.labels['severity']).toBe('critical');
    expect((await delivered('jumps')).map(({ labels }) => labels['alertname'])).toEqual([
      'ContextWindowCritical',
    ]);
  });

  test('receives a resolved alert when the context shrinks', async () => {
    await app.send('falls', { tokens: 150_000 });
    await expectDelivery('falls', 'ContextWindowWarning');
    await app.send('falls', { tokens: 20_000, saved: 130_000 });
    await expectDelivery('falls', 'ContextWindowWarning', 'resolved');
  });

  test('receives a resolved alert when the session ends', async () => {
    await app.send('leaves', { tokens: 150_000 });
    await expectDelivery('leaves', 'ContextWindowWarning');
    await app.send('leaves', { end: true });
    await expectDelivery('leaves', 'ContextWindowWarning', 'resolved');
  });

  test('receives both alerts of a session whose server exports only the seven agreed metrics', async () => {
    await using sender = startSevenMetricsSender(backend.urls.collector, 'seven', { tokens: 20_000 });
    sender.set({ tokens: 150_000, warnings: 1 });
    const { annotations } = await expectDelivery('seven', 'ContextWindowWarning');
    expect(annotations['description']).toContain('Session seven reached 75.0 % of its context window.');
    sender.set({ tokens: 190_000, warnings: 1, criticals: 1 });
    await expectDelivery('seven', 'ContextWindowCritical');
    sender.set({ tokens: 20_000, warnings: 1, criticals: 1, checkpoints: 1, saved: 170_000 });
    await expectPair('seven', 'ContextWindowWarning');
  });

  test('receives one alert of a session that a server with all metrics reports, too', async () => {
    await using sender = startSevenMetricsSender(backend.urls.collector, 'twice', { tokens: 20_000 });
    await app.send('twice', { tokens: 20_000 });
    await app.send('twice', { tokens: 150_000 });
    sender.set({ tokens: 150_000, warnings: 1 });
    await expectDelivery('twice', 'ContextWindowWarning');
    await app.send('twice', { tokens: 20_000, saved: 130_000 });
    sender.set({ tokens: 20_000, warnings: 1, checkpoints: 1, saved: 130_000 });
    await expectDelivery('twice', 'ContextWindowWarning', 'resolved');
    await expectCourse(backend.urls.webhook, 'twice', [
      'ContextWindowWarning firing',
      'ContextWindowWarning resolved',
    ]);
  });
});

/** Raises a session's usage in percent, in equal steps at an interval in seconds. */
async function climb(
  session: string,
  { from, to, points, seconds }: Readonly<Record<'from' | 'to' | 'points' | 'seconds', number>>,
) {
  for (let percent = from; percent <= to; percent += points) {
    await app.send(session, { tokens: 2_000 * percent });
    await sleep(1_000 * seconds);
  }
}
const falls = (session: string) => app.send(session, { tokens: 20_000, saved: 170_000 });
/** By then every notification that follows the end of a critical alert has been sent. */
const settledMillis = 25_000;

/** The lesser alert fires first, then the critical one, then both resolve; each once, and nothing else fires. */
const expectPair = async (session: string, lesser: string) =>
  await expectCourse(
    backend.urls.webhook,
    session,
    [
      `${lesser} firing`,
      'ContextWindowCritical firing',
      `${lesser} resolved`,
      'ContextWindowCritical resolved',
    ],
    { anyOrderFrom: 2 },
  );

/** Sends an alert to Alertmanager, as vmalert does. */
async function sendAlert(session: string, alertname: string, severity: string, isOver = false) {
  const labels = { alertname, severity, session_id: session };
  const now = new Date().toISOString();
  const { status } = await fetch(`${backend.urls.alertmanager}/api/v2/alerts`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: basicAuthorization('ctxd', backend.alertmanagerPassword),
    },
    body: JSON.stringify([{ labels, ...(isOver && { endsAt: now }) }]),
  });
  expect(status).toBe(200);
}

describe.concurrent(
  'each alert fires once and resolves once, and no lesser alert fires while a critical one does',
  { timeout: 240_000 },
  () => {
    test('a warning before the critical alert', async () => {
      await climb('both', { from: 20, to: 72, points: 52, seconds: 1 });
      await expectCourse(backend.urls.webhook, 'both', ['ContextWindowWarning firing']);
      await climb('both', { from: 95, to: 95, points: 1, seconds: 25 });
      await falls('both');
      await sleep(settledMillis);
      await expectPair('both', 'ContextWindowWarning');
    });

    test('a pace alert before the critical alert', async () => {
      await climb('paced', { from: 40, to: 68, points: 4, seconds: 3 });
      await expectCourse(backend.urls.webhook, 'paced', ['ContextFullSoon firing']);
      await climb('paced', { from: 95, to: 95, points: 1, seconds: 25 });
      await falls('paced');
      await sleep(settledMillis);
      await expectPair('paced', 'ContextFullSoon');
    });

    test.each([
      ['ContextFullSoon', 'warning'],
      ['ContextFillingFast', 'info'],
    ])('%s, when it ends while the critical alert fires', async (pace, severity) => {
      const session = `under-${pace}`;
      await sendAlert(session, pace, severity);
      await expectCourse(backend.urls.webhook, session, [`${pace} firing`]);
      await sendAlert(session, 'ContextWindowCritical', 'critical');
      await sendAlert(session, pace, severity, true);
      await expectCourse(backend.urls.webhook, session, [
        `${pace} firing`,
        'ContextWindowCritical firing',
        `${pace} resolved`,
      ]);
    });

    test('no pace alert that would start during the critical alert', async () => {
      await climb('late', { from: 20, to: 80, points: 60, seconds: 3 });
      await climb('late', { from: 82, to: 99, points: 1, seconds: 4 });
      await falls('late');
      await sleep(settledMillis);
      await expectPair('late', 'ContextWindowWarning');
    });

    test('the warning fires once the critical alert ends above its threshold', async () => {
      await climb('eases', { from: 20, to: 95, points: 75, seconds: 8 });
      await climb('eases', { from: 75, to: 75, points: 1, seconds: 1 });
      await sleep(settledMillis);
      await expectCourse(
        backend.urls.webhook,
        'eases',
        ['ContextWindowCritical firing', 'ContextWindowCritical resolved', 'ContextWindowWarning firing'],
        { anyOrderFrom: 1 },
      );
    });
  },
);
