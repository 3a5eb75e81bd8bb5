import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../scripts/stack/health.ts';
import { startBackend, type Backend } from './backend.ts';
import { startKoaApp, type KoaApp } from './koa-app.ts';

interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

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

async function delivered(sessionId: string): Promise<Alert[]> {
  const notifications = (await (await fetch(backend.urls.webhook)).json()) as { alerts: Alert[] }[];
  return notifications
    .flatMap(({ alerts }) => alerts)
    .filter(({ labels }) => labels['session_id'] === sessionId);
}

async function expectDelivery(
  sessionId: string,
  alertname: string,
  status: Alert['status'] = 'firing',
): Promise<Alert> {
  let found: Alert | undefined;
  const find = async () => {
    found = (await delivered(sessionId)).find(
      (alert) => alert.status === status && alert.labels['alertname'] === alertname,
    );
    return found !== undefined;
  };
  if (!(await waitUntil(find, 60_000)))
    throw new Error(`${alertname} (${status}) of ${sessionId} never arrived`);
  return found!;
}

describe('the webhook', () => {
  test('gets a warning at 70 % with the session and the number in it, and nothing of one at 69.9 %', async () => {
    await app.send('below-warning', { tokens: 139_800 });
    await app.send('at-warning', { tokens: 140_000 });
    const alert = await expectDelivery('at-warning', 'ContextWindowWarning');
    expect(alert.labels).toMatchObject({ severity: 'warning', session_id: 'at-warning' });
    expect(alert.annotations['description']).toBe(
      'Session at-warni reached 70.0 % of its context window (140k of 200k tokens). Plan a checkpoint, or type /compact at the next natural break.',
    );
    expect(alert.annotations['dashboard_url']).toMatch(/\/d\/ctxd-session-detail\?var-session=at-warning$/);
    expect(existsSync(new URL(alert.annotations['runbook_url'] ?? ''))).toBe(true);
    expect(await delivered('below-warning')).toEqual([]);
  });

  test('gets a critical alert at 90 % and no warning of the same jump', async () => {
    await app.send('jumps', { tokens: 10_000 });
    await app.send('jumps', { tokens: 180_000 });
    const alert = await expectDelivery('jumps', 'ContextWindowCritical');
    expect(alert.labels['severity']).toBe('critical');
    expect((await delivered('jumps')).map(({ labels }) => labels['alertname'])).toEqual([
      'ContextWindowCritical',
    ]);
  });

  test('is told that it is over when the context falls', async () => {
    await app.send('falls', { tokens: 150_000 });
    await expectDelivery('falls', 'ContextWindowWarning');
    await app.send('falls', { tokens: 20_000, saved: 130_000 });
    await expectDelivery('falls', 'ContextWindowWarning', 'resolved');
  });

  test('is told that it is over when the session ends', async () => {
    await app.send('leaves', { tokens: 150_000 });
    await expectDelivery('leaves', 'ContextWindowWarning');
    await app.send('leaves', { end: true });
    await expectDelivery('leaves', 'ContextWindowWarning', 'resolved');
  });
});
