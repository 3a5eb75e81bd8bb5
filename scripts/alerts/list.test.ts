import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../../instrumentation/src/receiver/receiver.ts';
import { waitUntil } from '../../compose/runtime/health.ts';
import { listAlerts } from './list.ts';

let folder: string;
let receiver: Receiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ctxd-list-'));
  receiver = await startReceiver({ port: 0, metricsUrl: false });
});

afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function deliver(session: string, status = 'firing', severity = 'critical'): Promise<void> {
  const alert = {
    status,
    labels: { alertname: 'ContextWindowCritical', severity, session_id: session },
    annotations: {
      description: `Session ${session}\u001B[2J is full.`,
      dashboard_url: 'http://d',
      runbook_url: 'file:///r',
    },
    startsAt: '2026-11-20T10:00:00Z',
    fingerprint: session,
  };
  await fetch(`${receiver.url}/alerts`, { method: 'POST', body: JSON.stringify({ alerts: [alert] }) });
}

const request = { command: 'list', limit: 20, follow: false, desktop: false, json: false } as const;

function listing(signal = new AbortController().signal) {
  const lines: string[] = [];
  const notified: string[] = [];
  return {
    lines,
    notified,
    receiver: { url: receiver.url },
    print: (line: string) => void lines.push(line),
    printError: (line: string) => void lines.push(`! ${line}`),
    notify: async ({ text }: { text: string }) => void notified.push(text),
    signal,
  };
}

test('lists firing alerts with their links, resolved ones without, and nothing that moves the cursor', async () => {
  await deliver('', 'firing', 'none');
  await deliver('s1');
  await deliver('s1', 'resolved');
  const out = listing();
  await listAlerts(request, out);
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
  expect(out.lines.join('\n')).toMatch(
    new RegExp(
      `^${time}  critical  Session s1\\[2J is full\\.\n {21}http://d\n {21}file:///r\n${time}  resolved  critical: Session s1\\[2J is full\\.$`,
    ),
  );
});

test('lists only the newest, as JSON on request', async () => {
  for (const session of ['s1', 's2', 's3']) await deliver(session);
  const out = listing();
  await listAlerts({ ...request, limit: 2, json: true }, out);
  const ids = out.lines.slice(1).map((line) => (JSON.parse(line) as { sessionId: string }).sessionId);
  expect(ids).toEqual(['s2', 's3']);
});

test('says that there are none, and that the watchdog alert does not arrive', async () => {
  const out = listing();
  await listAlerts(request, out);
  expect(out.lines).toEqual([
    '! The watchdog alert, which always fires, has not arrived yet. Unless the stack started within the last minute, alerts may not reach you. See alerts/runbooks/CtxdWatchdog.md',
    'No alerts yet.',
  ]);
});

test('follows, and shows new alerts on the desktop', async () => {
  await deliver('before');
  const interrupt = new AbortController();
  const out = listing(interrupt.signal);
  const following = listAlerts({ ...request, follow: true, desktop: true }, out);
  await waitUntil(() => Promise.resolve(out.lines.some((line) => line.includes('Following'))), 60_000);
  await deliver('after');
  await waitUntil(() => Promise.resolve(out.notified.length > 1), 60_000);
  interrupt.abort();
  await following;
  expect(out.notified).toEqual(['Alerts will be shown here.', 'Session after[2J is full.']);
  expect(out.lines).toContain('! Following; Ctrl+C stops.');
  expect(out.lines.filter((line) => line.includes('after'))).toHaveLength(1);
});
