import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { wrapperText } from '../scripts/connect/wrapper-text.ts';
import {
  bare,
  endOf,
  expectReported,
  payload,
  recordingReceiver,
  temporaryHome,
} from './claude-code-home.ts';

const wrapper = join(import.meta.dirname, '../scripts/connect/status-line.sh');

interface Bar {
  readonly receiver?: number;
  readonly shell?: string[];
  readonly input?: string;
  readonly env?: Record<string, string>;
}

/** Runs a status line command in the wrapper. */
function statusLine(
  command: string | undefined,
  { receiver = 9, shell = ['/bin/sh'], input = payload, env }: Bar,
) {
  const [file = '', ...args] = shell;
  const url = `http://127.0.0.1:${receiver}/claude-code/statusline`;
  const words = [...args, wrapper, url, ...(command === undefined ? [] : [command])];
  const child = spawn(file, words, { env: { ...process.env, ...env } });
  child.stdin.on('error', () => {}).end(`${input}\n`);
  return child;
}

const commands = [
  ['several lines, colours and UTF-8', String.raw`printf '\033[32mgrün →\033[0m\n\nzwei\n'`],
  ['no newline at the end', 'printf end'],
  ['bytes that are not text', String.raw`printf '\377\376\000x'`],
  ['the JSON itself', 'cat'],
  ['a failure', 'echo half; echo why >&2; exit 3'],
  ['a command that is not there', 'no-such-command-anywhere'],
  ['quotes, variables and pipes', `x="a'b"; echo "$x" 'c"d' | tr a-z A-Z; echo \${x%b} $0`],
  ['a command that reads part of its input', 'head -c 10'],
  ['a command that reads none of its input', 'echo none'],
] as const;

test.each(commands)('the status line prints exactly what the command prints: %s', async (_, command) => {
  const expected = await endOf(bare(command));
  for (const shell of [['/bin/sh'], ['bash', '--posix']]) {
    expect(await endOf(statusLine(command, { shell }))).toEqual(expected);
  }
});

test.each([
  ['fast and up', (response) => response.end()],
  ['in trouble', (response) => response.writeHead(500).end('no')],
  ['hanging', () => {}],
] as [string, (response: ServerResponse) => void][])(
  'the receiver gets the whole JSON and never affects the status line: %s',
  async (_, answer) => {
    await using receiver = await recordingReceiver((_, response) => answer(response));
    const expected = await endOf(bare('head -c 10; exit 1'));
    await expectReported(receiver, async () => {
      const ended = await endOf(statusLine('head -c 10; exit 1', { receiver: receiver.port }));
      expect(ended).toEqual(expected);
    });
    expect(receiver.received[0]).toMatchObject({ url: '/claude-code/statusline', type: 'application/json' });
    expect(receiver.received[0]?.body).toBe(payload);
  },
);

test('the status line uses neither a proxy nor a .curlrc to reach the receiver', async () => {
  await using receiver = await recordingReceiver();
  await using folder = await temporaryHome();
  await writeFile(join(folder.home, '.curlrc'), 'data = "theirs"\nproxy = http://127.0.0.1:9\n');
  const env = { HOME: folder.home, http_proxy: 'http://127.0.0.1:9', all_proxy: 'http://127.0.0.1:9' };
  await expectReported(receiver, async () => {
    await endOf(statusLine('echo mine', { receiver: receiver.port, env }));
  });
  expect(new Set(receiver.received.map(({ body }) => body))).toEqual(new Set([payload]));
});

test('the status line does not wait for a receiver that hangs', async () => {
  await using receiver = await recordingReceiver(() => {});
  for (const shell of [['/bin/sh'], ['bash', '--posix']]) {
    // A busy machine may see the status line end only after the second that the receiver is given.
    await vi.waitFor(async () => {
      const given = receiver.received.length;
      await vi.waitFor(() => expect(receiver.gone).toHaveLength(given), 60_000);
      await endOf(statusLine('echo mine', { receiver: receiver.port, shell }));
      expect(receiver.gone).toHaveLength(given);
      await vi.waitFor(() => expect(receiver.received).toHaveLength(given + 1), 60_000);
    }, 60_000);
  }
  await vi.waitFor(() => expect(receiver.gone).toHaveLength(receiver.received.length), 60_000);
});

test('killing the wrapper kills a status line that hangs', async () => {
  await using folder = await temporaryHome();
  const pidFile = join(folder.home, 'pid');
  const child = statusLine(`echo $$ >${pidFile}; exec sleep 600`, {});
  await vi.waitFor(async () => expect(await readFile(pidFile, 'utf8')).toMatch(/\n/), 60_000);
  expect(Number(await readFile(pidFile, 'utf8'))).toBe(child.pid);
  child.kill();
  await once(child, 'exit');
});

test('the status line does not wait for an end of the input that never comes', async () => {
  const child = spawn('/bin/sh', [wrapper, 'http://127.0.0.1:9', 'head -n 1']);
  child.stdin.write(`${payload}\n`);
  expect(await endOf(child)).toMatchObject({ exitCode: 0, stdout: `${payload}\n` });
  child.stdin.destroy();
});

test('the status line reaches the receiver through node where curl is missing', async () => {
  await using receiver = await recordingReceiver();
  await using folder = await temporaryHome();
  await symlink(process.execPath, join(folder.home, 'node'));
  await expectReported(receiver, async () => {
    const { stdout } = await endOf(
      statusLine('echo mine', { receiver: receiver.port, env: { PATH: folder.home } }),
    );
    expect(stdout).toBe('mine\n');
  });
  expect(receiver.received[0]?.body).toBe(payload);
});

test('our own status line is that of ctxd, with and without the stack', async () => {
  await using folder = await temporaryHome();
  const env = { CTXD_STATE_DIR: folder.home, CTXD_RECEIVER_PORT: '9' };
  const script = join(folder.home, 'status-line.sh');
  await writeFile(script, await wrapperText(env));
  const usage = { input_tokens: 142_000 };
  const input = JSON.stringify({
    session_id: 'a',
    cwd: '/x/shop',
    context_window: { context_window_size: 200_000, current_usage: usage },
  });
  const child = spawn('/bin/sh', [script, 'http://127.0.0.1:9'], { env: { ...process.env, ...env } });
  child.stdin.end(`${input}\n`);
  expect(await endOf(child)).toEqual({ exitCode: 0, stdout: 'shop ▓▓▓▓░ 71 %\n', stderr: '' });
});

test.each([
  [payload, 'context 71 % of 200k\n'],
  ['{"context_window":{"used_percentage":8.5,"context_window_size":1000000}}', 'context 8.5 % of 1000k\n'],
  ['{"context_window":{"used_percentage":null,"context_window_size":200000}}', ''],
  ['{"rate_limits":{"used_percentage":3}}', ''],
  ['{\n  "a": 1\n}', ''],
  ['', ''],
])('without ctxd, our own status line is short and never fails (%j)', async (input, stdout) => {
  for (const shell of [['/bin/sh'], ['bash', '--posix']]) {
    expect(await endOf(statusLine(undefined, { input, shell }))).toEqual({ exitCode: 0, stdout, stderr: '' });
  }
});
