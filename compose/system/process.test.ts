import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../runtime/health.ts';
import { endProcess, isAlive, startDetached, startTimeOf } from './process.ts';
import { testFolder } from '../runtime/test-folder.ts';

const start = async (folder: string, command: string) =>
  await startDetached({
    command: '/bin/sh',
    args: ['-c', command],
    env: process.env,
    logFile: join(folder, 'log'),
  });

describe('a detached process', () => {
  test('runs until it is stopped', async () => {
    await using folder = await testFolder();
    const identity = await start(folder.path, 'echo started; exec sleep 60');
    const log = async () => await readFile(join(folder.path, 'log'), 'utf8');
    expect(await waitUntil(async () => (await log()) === 'started\n', 60_000)).toBe(true);
    expect(await isAlive(identity)).toBe(true);
    await endProcess(identity);
    expect(await isAlive(identity)).toBe(false);
  });

  test('is stopped while it is suspended, too', async () => {
    await using folder = await testFolder();
    const identity = await start(
      folder.path,
      `trap 'echo stopping; exit' TERM; echo ready; while :; do sleep 0.05; done`,
    );
    const log = async () => await readFile(join(folder.path, 'log'), 'utf8');
    await waitUntil(async () => (await log()) === 'ready\n', 60_000);
    process.kill(identity.pid, 'SIGSTOP');
    await endProcess(identity, 'SIGTERM', 60_000);
    expect(await log()).toBe('ready\nstopping\n');
  });

  test('is killed when it ignores the signal', async () => {
    await using folder = await testFolder();
    const identity = await start(folder.path, 'trap "" TERM; echo ready; while :; do sleep 0.05; done');
    await waitUntil(async () => (await readFile(join(folder.path, 'log'), 'utf8')) !== '', 60_000);
    await endProcess(identity, 'SIGTERM', 100);
    expect(await isAlive(identity)).toBe(false);
  });

  test('is gone once it has exited', async () => {
    await using folder = await testFolder();
    const identity = await start(folder.path, 'exit 3');
    expect(await waitUntil(async () => !(await isAlive(identity)), 60_000)).toBe(true);
  });

  test('is gone when it is a zombie', async () => {
    await using folder = await testFolder();
    const parent = await start(folder.path, 'sleep 0 & echo $!; exec sleep 60');
    const childPid = async () => Number(await readFile(join(folder.path, 'log'), 'utf8'));
    await waitUntil(async () => (await childPid()) > 0, 60_000);
    const pid = await childPid();
    expect(await waitUntil(async () => (await startTimeOf(pid)) === undefined, 60_000)).toBe(true);
    await endProcess(parent);
  });

  test('names the program that does not exist', async () => {
    await using folder = await testFolder();
    const logFile = join(folder.path, 'log');
    const started = startDetached({ command: '/nowhere/program', args: [], env: {}, logFile });
    await expect(started).rejects.toThrow('spawn /nowhere/program ENOENT');
  });
});

describe('a reused pid', () => {
  test('is not mistaken for the earlier process, and not killed', async () => {
    await using folder = await testFolder();
    const identity = await start(folder.path, 'exec sleep 60');
    const before = { ...identity, startTime: 'another time' };
    expect(await isAlive(before)).toBe(false);
    await endProcess(before, 'SIGKILL');
    expect(await isAlive(identity)).toBe(true);
    await endProcess(identity, 'SIGKILL');
  });

  test('without a process has no start time', async () => {
    expect(await startTimeOf(2 ** 30)).toBeUndefined();
    expect(await startTimeOf(process.pid)).toBe(await startTimeOf(process.pid));
  });
});
