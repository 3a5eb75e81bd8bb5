import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../runtime/health.ts';
import { takeLock } from './lock.ts';
import { startTimeOf } from './process.ts';
import { testFolder } from '../runtime/test-folder.ts';

const lock = (folder: string, waitMillis = 0) => takeLock({ folder, command: 'stack:up', waitMillis });

describe('the lock', () => {
  test('is held by one process, then by the next, and leaves no file', async () => {
    await using folder = await testFolder();
    const first = await lock(folder.path);
    await expect(lock(folder.path)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringMatching(
        /^Another command is working on this stack: stack:up \(process \d+, since [\d:]{8} UTC\)\.\nWait until it finishes, or stop it: kill \d+$/,
      ),
    });
    const second = lock(folder.path, 60_000);
    await first[Symbol.asyncDispose]();
    await (await second)[Symbol.asyncDispose]();
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('is never held by two at the same time', async () => {
    await using folder = await testFolder();
    await writeFile(join(folder.path, 'lock'), '{"pid":1073741824,"startTime":"before the reboot"}');
    let [holders, most] = [0, 0];
    const run = async () => {
      const held = await lock(folder.path, 100_000);
      holders += 1;
      most = Math.max(most, holders);
      await new Promise((resolve) => setImmediate(resolve));
      holders -= 1;
      await held[Symbol.asyncDispose]();
    };
    await Promise.all(Array.from({ length: 12 }, run));
    expect(most).toBe(1);
  });

  test.each(['{"pid":1073741824,"startTime":"x"}', '{"pid":', ''])(
    'is taken over when it contains `%s`',
    async (text) => {
      await using folder = await testFolder();
      await writeFile(join(folder.path, 'lock'), text);
      await using held = await lock(folder.path);
      expect(held).toBeDefined();
      expect(await readdir(folder.path)).toEqual(['lock']);
    },
  );

  test('is taken over when another process has reused the pid of its holder', async () => {
    await using folder = await testFolder();
    const holder = { pid: process.pid, startTime: 'another time' };
    await writeFile(join(folder.path, 'lock'), JSON.stringify(holder));
    await using held = await lock(folder.path);
    expect(held).toBeDefined();
  });

  test('is taken over once its holder is killed, and prints which holder it waits for until then', async () => {
    await using folder = await testFolder();
    const holder = spawn('sleep', ['60']);
    await once(holder, 'spawn');
    const identity = {
      pid: holder.pid,
      startTime: await startTimeOf(holder.pid ?? 0),
      command: 'stack:reset',
    };
    await writeFile(join(folder.path, 'lock'), JSON.stringify(identity));
    const printed: string[] = [];
    const print = (line: string) => void printed.push(line);
    const taken = takeLock({ folder: folder.path, command: 'stack:up', waitMillis: 60_000, print });
    await waitUntil(async () => printed.length > 0, 60_000);
    expect(printed[0]).toContain(`Waiting for stack:reset (process ${holder.pid}`);
    holder.kill('SIGKILL');
    await (await taken)[Symbol.asyncDispose]();
  });

  test('is not waited for after an interrupt', async () => {
    await using folder = await testFolder();
    await using held = await lock(folder.path);
    expect(held).toBeDefined();
    const signal = AbortSignal.timeout(50);
    const waiting = takeLock({ folder: folder.path, command: 'stack:up', waitMillis: 60_000, signal });
    await expect(waiting).rejects.toThrow('aborted');
  });
});
