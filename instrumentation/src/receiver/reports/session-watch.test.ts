import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { startReceiver } from '../receiver.ts';
import type { ReceiverOptions } from '../receiver-options.ts';
import { readSessionFile, stateOfProcess } from './session-file.ts';
import { SessionWatch } from './session-watch.ts';

const isLinux = process.platform === 'linux';

/** A `~/.claude` with stand-ins for Claude Code's processes, and receivers that follow it. */
async function claudeFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-claude-'));
  const children: ChildProcess[] = [];
  await mkdir(join(folder, 'sessions'));
  await mkdir(join(folder, 'projects/-work-shop'), { recursive: true });
  const fileOf = (pid: number) => join(folder, 'sessions', `${pid}.json`);
  const start = async (sessionId: string, more: object = {}) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    children.push(child);
    await once(child, 'spawn');
    const pid = child.pid!;
    const file = { pid, sessionId, cwd: '/work/shop', procStart: await procStart(pid), ...more };
    await writeFile(fileOf(pid), JSON.stringify({ pidDomain: await pidDomain(), ...file }));
    const kill = async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    return { pid, path: fileOf(pid), kill, exit: () => rm(fileOf(pid)).then(kill) };
  };
  const transcript = (sessionId: string, tokens: number, atMillis = Date.now()) => {
    const usage = { input_tokens: tokens, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
    const message = { role: 'assistant', model: 'claude-haiku-4-5', usage };
    const timestamp = new Date(atMillis).toISOString();
    const line = JSON.stringify({ type: 'assistant', sessionId, timestamp, cwd: '/work/shop', message });
    return writeFile(join(folder, `projects/-work-shop/${sessionId}.jsonl`), `${line}\n`);
  };
  const receiver = async (more: ReceiverOptions = {}) => {
    const running = await startReceiver({
      port: 0,
      metricsUrl: false,
      sessionsFolder: join(folder, 'sessions'),
      sessionIntervalMillis: 20,
      transcriptsFolder: join(folder, 'projects'),
      transcriptIntervalMillis: 20,
      ...more,
    });
    const hook = (session_id: string, hook_event_name: string, fields = {}) =>
      fetch(`${running.url}/claude-code/hooks`, {
        method: 'POST',
        body: JSON.stringify({ session_id, hook_event_name, ...fields }),
      });
    const sessions = async () => {
      const answer = await (await fetch(`${running.url}/v1/sessions`)).json();
      return (answer as { sessions: { id: string; tokensUsed: number | null; project?: string }[] }).sessions;
    };
    const session = async (id: string, init?: RequestInit) =>
      await fetch(`${running.url}/v1/sessions/${id}`, init);
    return { hook, sessions, session, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
  };
  const dispose = async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, start, transcript, receiver, [Symbol.asyncDispose]: dispose };
}

/** Waits until these sessions are live, and no others. */
const expectLive = (receiver: { sessions: () => Promise<{ id: string }[]> }, live: readonly string[]) =>
  vi.waitFor(
    async () => expect((await receiver.sessions()).map(({ id }) => id).toSorted()).toEqual(live),
    9_000,
  );

const pidDomain = async () => `linux:machine:${isLinux ? await readlink('/proc/self/ns/pid') : ''}`;

async function procStart(pid: number): Promise<string | undefined> {
  if (!isLinux) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

describe('a session', { timeout: 20_000 }, () => {
  test('appears before its first request, without figures, and gets them with it', async () => {
    await using claude = await claudeFolder();
    await using receiver = await claude.receiver();
    await claude.start('new', { name: 'My session', nameSource: 'user' });
    await expectLive(receiver, ['new']);
    expect(await receiver.sessions()).toMatchObject([
      { name: 'My session', project: 'shop', tokensUsed: null, usagePercent: null, source: 'process' },
    ]);
    await claude.transcript('new', 50_000);
    await vi.waitFor(async () => expect(await receiver.sessions()).toMatchObject([{ tokensUsed: 50_000 }]));
  });

  test('ends when its process is killed, and returns with its figures when another one resumes it', async () => {
    await using claude = await claudeFolder();
    await using receiver = await claude.receiver();
    const first = await claude.start('s');
    await claude.transcript('s', 50_000);
    await expectLive(receiver, ['s']);
    await first.kill();
    await expectLive(receiver, []);
    await claude.start('s');
    await expectLive(receiver, ['s']);
    expect(await receiver.sessions()).toMatchObject([{ tokensUsed: 50_000 }]);
  });

  test('is not ended by the late word of a former process', async () => {
    await using claude = await claudeFolder();
    await using receiver = await claude.receiver();
    await claude.transcript('s', 50_000);
    await claude.start('s');
    await expectLive(receiver, ['s']);
    await receiver.hook('s', 'SessionEnd', { reason: 'other' });
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    await expectLive(receiver, ['s']);
  });

  test('that left only a transcript ends by itself, since no process has it open', async () => {
    await using claude = await claudeFolder();
    await using receiver = await claude.receiver();
    await claude.transcript('bare', 50_000);
    await expectLive(receiver, ['bare']);
    await expectLive(receiver, []);
  });

  test('that was cleared ends, while its process goes on with another', async () => {
    await using claude = await claudeFolder();
    await using receiver = await claude.receiver();
    const one = await claude.start('before');
    await claude.transcript('before', 50_000);
    await expectLive(receiver, ['before']);
    const file = await readFile(one.path, 'utf8');
    await writeFile(one.path, file.replace('"before"', '"after"'));
    await expectLive(receiver, ['after']);
  });

  test('that ended while the receiver was away is gone when it returns; one that idles is there', async () => {
    await using claude = await claudeFolder();
    const snapshotPath = join(claude.folder, 'snapshot');
    const ended = await claude.start('ended');
    await claude.start('idle');
    {
      await using receiver = await claude.receiver({ snapshotPath });
      await claude.transcript('ended', 50_000);
      await claude.transcript('idle', 60_000);
      await expectLive(receiver, ['ended', 'idle']);
      await vi.waitFor(async () =>
        expect((await receiver.sessions()).every(({ tokensUsed }) => tokensUsed !== null)).toBe(true),
      );
    }
    await ended.exit();
    await using receiver = await claude.receiver({ snapshotPath });
    await expectLive(receiver, ['idle']);
    expect(await receiver.sessions()).toMatchObject([{ id: 'idle', tokensUsed: 60_000 }]);
  });

  test('stays while its process idles longer than the idle timeout', async () => {
    await using claude = await claudeFolder();
    const one = await claude.start('idle');
    await claude.transcript('idle', 50_000, Date.now() - 7_200_000);
    const longAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(claude.folder, 'projects/-work-shop/idle.jsonl'), longAgo, longAgo);
    await utimes(one.path, longAgo, longAgo);
    await using receiver = await claude.receiver();
    await vi.waitFor(async () => expect(await receiver.sessions()).toMatchObject([{ tokensUsed: 50_000 }]));
  });

  test.skipIf(!isLinux)(
    'of a process in another container lives as long as its file does (needs Linux)',
    async () => {
      await using claude = await claudeFolder();
      await using receiver = await claude.receiver();
      const outside = await claude.start('outside', { pidDomain: 'linux:machine:pid:[1]' });
      await outside.kill();
      const old = await claude.start('old', { pidDomain: 'linux:machine:pid:[1]' });
      const longAgo = new Date(Date.now() - 7_200_000);
      await utimes(old.path, longAgo, longAgo);
      await expectLive(receiver, ['outside']);
      await rm(outside.path);
      await expectLive(receiver, []);
    },
  );
});

test('a session without a figure can be read and named', async () => {
  await using claude = await claudeFolder();
  await using receiver = await claude.receiver();
  await claude.start('new');
  await expectLive(receiver, ['new']);
  const named = await receiver.session('new', { method: 'PATCH', body: '{"name":"My session"}' });
  expect(named.status).toBe(204);
  expect(await (await receiver.session('new')).json()).toMatchObject({
    id: 'new',
    name: 'My session',
    tokensUsed: null,
  });
  expect((await receiver.session('other')).status).toBe(404);
});

test('counts a file once if it stays unreadable, never one that is being written, and does not wait for a FIFO', async () => {
  await using claude = await claudeFolder();
  const path = (name: string) => join(claude.folder, 'sessions', `${name}.json`);
  await promisify(execFile)('mkfifo', [path('1')]);
  await writeFile(path('2'), '{}');
  const ignored: string[] = [];
  let checks = 0;
  await using watch = new SessionWatch({
    folder: join(claude.folder, 'sessions'),
    intervalMillis: 5,
    idleTimeoutMillis: 60_000,
    accept: (adapted) => ignored.push(...adapted.ignored.map(({ reason }) => reason)),
    localSessions: () => {
      writeFileSync(path('3'), '{"pid": 1'.padEnd(++checks + 9));
      return [];
    },
  });
  await vi.waitFor(() => expect(checks).toBeGreaterThan(5), 9_000);
  expect(ignored).toEqual(['missing_session_id']);
  expect(watch.isRunning('s')).toBe(false);
});

describe('a session file', () => {
  const file = { pid: process.pid, sessionId: 's', cwd: '/work/shop/.claude/worktrees/fix', name: 'shop-17' };

  test('names the project of a worktree, and no name that was derived from the folder', () => {
    const { observations } = readSessionFile(JSON.stringify({ ...file, nameSource: 'derived' }));
    expect(observations).toEqual([{ sessionId: 's', source: 'process', running: true, project: 'shop' }]);
  });

  test.each([
    ['', 'not_an_object'],
    ['{"pid": 1}', 'missing_session_id'],
    ['{"pid": -1, "sessionId": "s"}', 'out_of_range'],
  ])('that is not understood is counted (%j)', (text, reason) => {
    expect(readSessionFile(text)).toEqual({
      process: undefined,
      observations: [],
      ignored: [{ source: 'process', reason }],
    });
  });

  test('of a pid that another process has got by now says nothing', async () => {
    const stateOf = async (more: object) =>
      await stateOfProcess(readSessionFile(JSON.stringify({ ...file, ...more })).process!);
    expect(await stateOf({})).toBe('running');
    expect(await stateOf({ procStart: 'earlier' })).toBe('gone');
    expect(await stateOf({ pid: 2 ** 30 })).toBe('gone');
    expect(await stateOf({ procStart: 'Fri Nov 27 12:00:00 2026' })).toBe(isLinux ? 'hidden' : 'gone');
  });
});
