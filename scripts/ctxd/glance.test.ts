import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import { startReceiver } from '../../instrumentation/src/receiver/receiver.ts';
import { segmentOf, sessionIn, statusLineOf } from './glance.ts';

const ctxd = join(import.meta.dirname, '../ctxd.cjs');
const session = (id: string, usagePercent: number | null, labels = {}) => ({ id, usagePercent, ...labels });
const of = (...percents: readonly (number | null)[]) =>
  percents.map((percent, index) => session(`s${index}`, percent));

test.each([
  [of(), '0'],
  [of(10, null), '2'],
  [of(70, 71, 90, 5, 5, 69.9), '2⚠ 1✗ of 6'],
  [of(95), '1✗ of 1'],
])('the segment of %j is %s', (sessions, line) => {
  expect(segmentOf(sessions, defaultThresholds)).toBe(line);
});

test('a format has named fields, and keeps what it does not know', () => {
  const sessions = [session('a', 91.9, { project: 'shop' }), session('b', 12)];
  const format = '{critical}/{sessions} {label} {percent}% {other}';
  expect(segmentOf(sessions, defaultThresholds, format)).toBe('1/2 shop 91% {other}');
  expect(segmentOf([], defaultThresholds, '{label}{percent}')).toBe('0');
});

const payload = (labels: object, tokens = 150_000) =>
  JSON.stringify({
    session_id: '0198c2de-1b2c-7def-8123-456789abcdef',
    workspace: { project_dir: '/home/me/shop' },
    context_window: {
      context_window_size: 200_000,
      used_percentage: 99,
      current_usage: { input_tokens: 1, cache_read_input_tokens: tokens - 1, output_tokens: 9_000 },
    },
    ...labels,
  });

test.each([
  [{}, 'shop ▓▓▓▓░ 75 %'],
  [{ session_name: 'auth refactor' }, 'auth refactor ▓▓▓▓░ 75 %'],
  [{ session_name: 'a\u001B[2J\u202Eb\n' }, 'a[2Jb ▓▓▓▓░ 75 %'],
  [{ session_name: 'x'.repeat(10_000) }, `${'x'.repeat(39)}… ▓▓▓▓░ 75 %`],
  [{ context_window: { context_window_size: 200_000, current_usage: null } }, 'shop'],
  [{ context_window: null, workspace: null }, '0198c2de'],
])('the status line for %j has the label and the exact usage', (labels, line) => {
  expect(statusLineOf(sessionIn(payload(labels))!, [], defaultThresholds)).toBe(line);
});

test.each([
  [of(10), ''],
  [of(70, 10), ' · 1 other ⚠'],
  [of(70, 95), ' · 2 others ✗'],
])('other sessions %j add %j', (others, words) => {
  expect(statusLineOf(session('me', 40, { name: 'me' }), others, defaultThresholds)).toBe(
    `me ▓▓░░░ 40 %${words}`,
  );
});

test('the status line says when the session will be full', () => {
  const own = { ...session('me', 75, { name: 'me' }), secondsToFull: 720 };
  expect(statusLineOf(own, of(95), defaultThresholds)).toBe('me ▓▓▓▓░ 75 % · full in 12m · 1 other ✗');
});

test('sessions that look alike get the beginning of their id, as everywhere', () => {
  const [own, other] = [
    session('66661111', 75, { project: 'shop' }),
    session('77771111', 12, { project: 'shop' }),
  ];
  expect(statusLineOf(own, [other], defaultThresholds)).toBe('shop (6666) ▓▓▓▓░ 75 %');
  expect(segmentOf([own, other], defaultThresholds, '{label}')).toBe('shop (6666)');
});

test.each(['', 'no JSON', '[]', '{"session_id": 7}'])('there is no session in %j', (json) => {
  expect(sessionIn(json)).toBeUndefined();
});

async function run(args: readonly string[], env: Record<string, string>, input = '') {
  const child = spawn(process.execPath, [ctxd, ...args], { env: { ...process.env, ...env } });
  child.stdin.on('error', () => {});
  // Claude Code may leave the pipe open after its JSON.
  if (input.startsWith('{')) child.stdin.write(input);
  else child.stdin.end(input);
  const [out, error, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { out, error, exitCode };
}

test('both ask the receiver, and do without it', async () => {
  await using folder = await testFolder();
  await using receiver = await startReceiver({ port: 0, metricsUrl: false });
  const { port } = new URL(receiver.url);
  const env = { CTXD_STATE_DIR: folder.path, CTXD_RECEIVER_PORT: port };
  for (const [id, tokens] of [
    ['a', 150_000],
    ['b', 190_000],
    ['c', 10_000],
  ] as const)
    await fetch(`${receiver.url}/v1/sessions/${id}/usage`, {
      method: 'POST',
      body: JSON.stringify({ tokensUsed: tokens }),
    });
  const done = { error: '', exitCode: 0 };
  expect(await run(['segment'], env)).toEqual({ ...done, out: '1⚠ 1✗ of 3\n' });
  const line = 'shop ▓▓▓▓░ 75 %';
  expect(await run(['statusline'], env, payload({}))).toEqual({ ...done, out: `${line} · 2 others ✗\n` });
  const down = { ...env, CTXD_RECEIVER_PORT: '9' };
  expect(await run(['segment'], down)).toEqual({ ...done, out: '' });
  expect(await run(['segment', '--nonsense'], down)).toEqual({ ...done, out: '' });
  expect(await run(['statusline'], down, payload({}))).toEqual({ ...done, out: `${line}\n` });
  expect(await run(['statusline'], down, 'no JSON')).toEqual({ ...done, out: '' });
});

test('a reader that is gone is no failure', () => {
  const { status, stderr } = spawnSync('/bin/sh', [
    '-c',
    `"${process.execPath}" "${ctxd}" segment --help | true`,
  ]);
  expect([status, String(stderr)]).toEqual([0, '']);
});
