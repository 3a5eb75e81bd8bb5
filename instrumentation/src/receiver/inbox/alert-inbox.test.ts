import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { AlertInbox } from './alert-inbox.ts';
import { startReceiver } from '../receiver.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ctxd-inbox-'));
});

afterEach(() => rm(folder, { recursive: true }));

const alert = (session: string, status = 'firing', severity = 'warning') => ({
  status,
  labels: { alertname: 'ContextWindowWarning', severity, session_id: session },
  annotations: {
    summary: 'Filling.',
    description: `Session ${session}`,
    runbook_url: 'r',
    dashboard_url: 'd',
  },
  startsAt: '2026-11-20T10:00:00Z',
  endsAt: status === 'resolved' ? '2026-11-20T10:05:00Z' : '0001-01-01T00:00:00Z',
  fingerprint: `f-${session}`,
});
const notification = (...alerts: readonly unknown[]) => ({ version: '4', alerts });

function inboxAt(path?: string): AlertInbox {
  return new AlertInbox({ ...systemClock, now: () => 1_000 }, path);
}

test('keeps alerts that fire and alerts that resolve', async () => {
  const inbox = inboxAt();
  await inbox.accept(notification(alert('s1')));
  await inbox.accept(notification(alert('s1', 'resolved')));
  expect(inbox.view().alerts).toMatchObject([
    {
      id: 1,
      receivedAtMillis: 1_000,
      status: 'firing',
      name: 'ContextWindowWarning',
      severity: 'warning',
      sessionId: 's1',
      summary: 'Filling.',
      description: 'Session s1',
      runbookUrl: 'r',
      dashboardUrl: 'd',
      startsAt: '2026-11-20T10:00:00Z',
      endsAt: '',
    },
    { id: 2, status: 'resolved', endsAt: '2026-11-20T10:05:00Z' },
  ]);
});

test('keeps an alert once if it is sent twice', async () => {
  const inbox = inboxAt();
  await inbox.accept(notification(alert('s1'), alert('s2')));
  await inbox.accept(notification(alert('s1'), alert('s3')));
  expect(inbox.view().alerts.map(({ sessionId }) => sessionId)).toEqual(['s1', 's2', 's3']);
});

test('keeps an alert that fires again with the same start', async () => {
  const inbox = inboxAt();
  for (const status of ['firing', 'resolved', 'resolved', 'firing', 'firing']) {
    await inbox.accept(notification(alert('s1', status)));
  }
  expect(inbox.view().alerts.map(({ status }) => status)).toEqual(['firing', 'resolved', 'firing']);
});

test('keeps an alert that fires again after a restart', async () => {
  const path = join(folder, 'alerts.jsonl');
  for (const status of ['firing', 'resolved', 'firing', 'firing']) {
    const inbox = inboxAt(path);
    await inbox.restore();
    await inbox.accept(notification(alert('s1', status)));
  }
  const inbox = inboxAt(path);
  await inbox.restore();
  expect(inbox.view().alerts.map(({ status }) => status)).toEqual(['firing', 'resolved', 'firing']);
});

test('a notification of 20,000 alerts pushes out 50 at most', async () => {
  const inbox = inboxAt();
  const many = (count: number, prefix: string) =>
    notification(...Array.from({ length: count }, (_, index) => alert(`${prefix}${index}`)));
  for (let index = 0; index < 500; index += 1) await inbox.accept(notification(alert(`real${index}`)));
  await inbox.accept(many(20_000, 'flood'));
  const { alerts, dropped } = inbox.view();
  expect(alerts.filter(({ sessionId }) => sessionId.startsWith('real'))).toHaveLength(450);
  expect([alerts.length, alerts.at(-1)?.sessionId, dropped]).toEqual([500, 'flood19999', 19_950]);
});

test('keeps the last 500', async () => {
  const inbox = inboxAt();
  await inbox.accept(notification(...Array.from({ length: 501 }, (_, index) => alert(`s${index}`))));
  const { alerts } = inbox.view();
  expect([alerts.length, alerts[0]?.sessionId, alerts.at(-1)?.sessionId]).toEqual([500, 's1', 's500']);
});

test('lists the alerts after an id', async () => {
  const inbox = inboxAt();
  await inbox.accept(notification(alert('s1'), alert('s2')));
  expect(inbox.view(1).alerts.map(({ sessionId }) => sessionId)).toEqual(['s2']);
});

test('records when the watchdog came, and keeps it out of the list', async () => {
  const inbox = inboxAt();
  expect(inbox.view().watchdogAtMillis).toBeNull();
  await inbox.accept(notification(alert('', 'firing', 'none')));
  expect(inbox.view()).toEqual({ alerts: [], watchdogAtMillis: 1_000 });
});

test('continues after a restart, without an incomplete line', async () => {
  const path = join(folder, 'data', 'alerts.jsonl');
  await inboxAt(path).accept(notification(alert('s1'), alert('s2')));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await appendFile(path, '{"id":3,"status":"fir');
  const inbox = inboxAt(path);
  await inbox.restore();
  await inbox.accept(notification(alert('s2'), alert('s3')));
  expect(inbox.view().alerts.map(({ id, sessionId }) => [id, sessionId])).toEqual([
    [1, 's1'],
    [2, 's2'],
    [3, 's3'],
  ]);
  const again = inboxAt(path);
  await again.restore();
  expect(again.view().alerts).toHaveLength(3);
});

test('its file stays small', async () => {
  const path = join(folder, 'alerts.jsonl');
  const inbox = inboxAt(path);
  for (let start = 0; start < 1_200; start += 200) {
    await inbox.accept(
      notification(...Array.from({ length: 200 }, (_, index) => alert(`s${start + index}`))),
    );
  }
  expect((await readFile(path, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(1_000);
});

test('the receiver takes notifications and lists their alerts', async () => {
  await using receiver = await startReceiver({
    port: 0,
    metricsUrl: false,
    snapshotPath: join(folder, 'sessions.snapshot'),
  });
  const post = (body: unknown) =>
    fetch(`${receiver.url}/alerts`, { method: 'POST', body: JSON.stringify(body) });
  expect((await post(notification(alert('s1'), alert('s2')))).status).toBe(204);
  const list = await (await fetch(`${receiver.url}/alerts?after=1`)).json();
  expect(list).toMatchObject({ alerts: [{ id: 2, sessionId: 's2' }], watchdogAtMillis: null });
});

test.each([
  [{}, 'alerts', 'a list'],
  [null, 'alerts', 'a list'],
  [{ alerts: [{ status: 'open' }] }, 'alerts[0].status', '`firing` or `resolved`'],
])('the receiver refuses %j', async (body, field, rule) => {
  await using receiver = await startReceiver({ port: 0, metricsUrl: false });
  const answer = await fetch(`${receiver.url}/alerts`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { field, rule } });
});
