import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { forEachPart, partNamed } from '../../parts.ts';
import { afterCrash, crashesOf, forgetCrashes, isDue, readCrashes, writeCrashes } from './crash-record.ts';
import { waitUntil } from '../health.ts';
import { lastLines, printNativeLogs, rotateLog } from './logs.ts';
import { adoptLeftovers, identityOf, startPart, stopPart } from './part-process.ts';
import { isAlive } from '../../system/process.ts';
import type { Stack } from '../runtime.ts';
import { pidFileOf, prepareState, removeRecord, writeRecord } from '../state.ts';
import { supervise } from './supervisor.ts';
import { testFolder } from '../test-folder.ts';

const ports = forEachPart(() => ({ main: 1, health: 1 }));

const stackIn = (stateDir: string, printed: string[] = []): Stack => ({
  stateDir,
  ports,
  env: process.env,
  print: (line) => void printed.push(line),
  warn: (line) => void printed.push(line),
});

describe('a part that crashes', () => {
  test('is restarted at once, then after longer and longer delays, and disabled after five crashes', () => {
    const waits: (number | string)[] = [];
    let crashes = { atMillis: [] as readonly number[], restarts: 0, disabled: false };
    for (let now = 1_000; !crashes.disabled; now += 10_000) {
      const next = afterCrash(crashes, now);
      waits.push(next.disabled ? 'disabled' : next.startAtMillis - now);
      crashes = next;
    }
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 'disabled']);
    expect(crashes.restarts).toBe(4);
  });

  test('is restarted when its earlier crashes are long ago', () => {
    const long = { atMillis: [0, 1, 2, 3], restarts: 4, disabled: false };
    expect(afterCrash(long, 6 * 60_000)).toMatchObject({
      atMillis: [6 * 60_000],
      restarts: 5,
      disabled: false,
    });
  });

  test('is tried again after longer and longer pauses once it is disabled', () => {
    let crashes = afterCrash({ atMillis: [0, 1, 2, 3], restarts: 4, disabled: false }, 4);
    const minutes = [crashes.startAtMillis - 4];
    for (let retry = 1; retry <= 6; retry += 1) {
      const nowMillis = crashes.startAtMillis + 10_000;
      crashes = afterCrash(crashes, nowMillis);
      minutes.push(crashes.startAtMillis - nowMillis);
      expect(crashes).toMatchObject({ disabled: true, restarts: 4 + retry });
    }
    expect(minutes.map((millis) => millis / 60_000)).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  test('is no longer disabled once it has run for five minutes', () => {
    const disabled = {
      atMillis: [0, 1, 2, 3, 4],
      restarts: 5,
      disabled: true,
      startAtMillis: 60_000,
      retries: 0,
    };
    expect(afterCrash(disabled, 60_000 + 5 * 60_000)).toMatchObject({ disabled: false, restarts: 6 });
  });

  test('is restarted at once when the clock was set back meanwhile', () => {
    const crashes = { atMillis: [], restarts: 0, disabled: true };
    const threeDays = 3 * 24 * 60 * 60_000;
    expect(isDue({ ...crashes, startAtMillis: 60_001 }, 60_000)).toBe(false);
    expect(isDue({ ...crashes, startAtMillis: 60_000 }, 60_000)).toBe(true);
    expect(isDue({ ...crashes, startAtMillis: 60_000 + threeDays }, 60_000)).toBe(true);
  });

  test('starts with no crashes after it is started by hand', async () => {
    await using folder = await testFolder();
    await writeCrashes(folder.path, 'vmalert', { atMillis: [1], restarts: 1, disabled: true });
    expect((await readCrashes(folder.path)).vmalert?.disabled).toBe(true);
    await forgetCrashes(folder.path, 'vmalert');
    expect(await crashesOf(folder.path, 'vmalert')).toEqual({ atMillis: [], restarts: 0, disabled: false });
  });
});

describe('the supervisor', () => {
  test('restarts a part that crashed, but not one that was stopped, and ends with its stack', async () => {
    await using folder = await testFolder();
    const printed: string[] = [];
    const version = `case "$1" in -version) echo vmalert-v${partNamed('vmalert').version} ;; *) exec sleep 60 ;; esac`;
    const binary = await folder.program('bin/vmalert', version);
    const stack = {
      ...stackIn(folder.path, printed),
      env: { PATH: `${dirname(binary)}:${process.env.PATH}` },
    };
    expect(await supervise(stack)).toBe(false);
    await prepareState(folder.path, ['vmalert'], {});
    await writeRecord(folder.path, { runtime: 'native', parts: ['vmalert', 'collector'], ports });
    await startPart(partNamed('vmalert'), binary, stack);
    const first = await identityOf(folder.path, 'vmalert');
    expect(await supervise(stack)).toBe(true);
    expect(printed).toEqual([]);
    process.kill(first?.pid ?? 0, 'SIGKILL');
    const isBack = async () => {
      await supervise(stack);
      const now = await identityOf(folder.path, 'vmalert');
      return now !== undefined && now.pid !== first?.pid && (await isAlive(now));
    };
    expect(await waitUntil(isBack, 60_000)).toBe(true);
    expect(printed).toEqual(['vmalert crashed', 'Restarting vmalert']);
    expect((await crashesOf(folder.path, 'vmalert')).restarts).toBe(1);
    await stopPart('vmalert', folder.path);
    await removeRecord(folder.path);
    expect(await supervise(stack)).toBe(false);
  });
});

describe('a process that a killed command has left behind', () => {
  test.skipIf(process.platform !== 'linux')('is found by its own stack, and by no other', async () => {
    await using folder = await testFolder();
    const sleeper = await folder.program('sleeper', 'exec sleep 60');
    await mkdir(join(folder.path, 'log'));
    await startPart(partNamed('vmalert'), sleeper, stackIn(folder.path));
    const started = await identityOf(folder.path, 'vmalert');
    await rm(pidFileOf(folder.path, 'vmalert'));
    await using other = await testFolder();
    await adoptLeftovers(stackIn(other.path));
    expect(await identityOf(other.path, 'vmalert')).toBeUndefined();
    await adoptLeftovers(stackIn(folder.path));
    expect(await identityOf(folder.path, 'vmalert')).toEqual(started);
    await stopPart('vmalert', folder.path);
    expect(started && (await isAlive(started))).toBe(false);
  });
});

describe('the log of a native part', () => {
  const write = async (stateDir: string, text: string) => {
    await mkdir(join(stateDir, 'log'), { recursive: true });
    await writeFile(join(stateDir, 'log/vmalert.log'), text, { flag: 'a' });
  };

  test('is rotated when it is too long', async () => {
    await using folder = await testFolder();
    await write(folder.path, 'one\ntwo\n');
    const path = join(folder.path, 'log/vmalert.log');
    expect(await rotateLog(path, 8)).toBe(false);
    expect(await rotateLog(path, 7)).toBe(true);
    expect(await readFile(`${path}.1`, 'utf8')).toBe('one\ntwo\n');
    expect((await stat(path)).size).toBe(0);
    expect(await rotateLog(join(folder.path, 'nowhere'))).toBe(false);
  });

  test('is read from its end, and followed across a rotation', async () => {
    await using folder = await testFolder();
    await write(folder.path, 'one\ntwo\n');
    expect(await lastLines(folder.path, 'vmalert', 1)).toEqual(['two']);
    expect(await lastLines(folder.path, 'vmalert', 0)).toEqual([]);
    expect(await lastLines(folder.path, 'grafana', 5)).toEqual([]);
    const printed: string[] = [];
    const interrupt = new AbortController();
    const following = printNativeLogs(
      ['vmalert'],
      { tail: 1, follow: true },
      {
        ...stackIn(folder.path, printed),
        signal: interrupt.signal,
      },
    );
    const sees = async (line: string) =>
      expect(await waitUntil(async () => printed.at(-1) === line, 60_000)).toBe(true);
    await sees('two');
    await write(folder.path, 'three\nhalf of ');
    await sees('three');
    await write(folder.path, 'four\n');
    await sees('half of four');
    await rotateLog(join(folder.path, 'log/vmalert.log'), 1);
    await write(folder.path, 'five\n');
    await sees('five');
    interrupt.abort();
    await expect(following).rejects.toThrow('aborted');
    expect(printed).toEqual(['two', 'three', 'half of four', 'five']);
  });
});
