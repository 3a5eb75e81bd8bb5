import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { PartName } from '../compose/parts.ts';
import { containersOf } from '../compose/runtime/docker/containers.ts';
import { runCommand } from '../compose/system/command.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { memoryOf } from '../compose/runtime/native/native.ts';
import { identityOf, isRunning } from '../compose/runtime/native/part-process.ts';
import { isWatched } from '../compose/runtime/native/sign-of-life.ts';
import { alertsCommand } from '../scripts/alerts/main.ts';
import { connectionFrom, monitorSource } from '../scripts/reach/connection.ts';
import { inRuntime, partOf, start, statusOf } from './both-runtimes.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

/** How long to wait for a part to heal, on a busy machine. */
const patienceMillis = 120_000;

const pidOf = async ({ stateDir }: StackCommands, name: PartName | 'supervisor') =>
  (await identityOf(stateDir, name))?.pid ?? 0;

/** Waits until a part is healthy in another process than before. */
async function isReplaced(stack: StackCommands, name: PartName, formerPid: number) {
  const heals = async () =>
    (await pidOf(stack, name)) !== formerPid && (await partOf(stack, name))?.state === 'healthy';
  return await waitUntil(heals, patienceMillis);
}

async function killSupervisor(stack: StackCommands, signal: NodeJS.Signals) {
  process.kill(await pidOf(stack, 'supervisor'), signal);
  expect(await waitUntil(async () => !(await isWatched(stack.stateDir)), patienceMillis)).toBe(true);
}

inRuntime('native', () => {
  test('restarts every part that hangs like one that died', async () => {
    await using stack = await stackCommands('native');
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const names = ['collector', 'victoriametrics', 'alertmanager', 'vmalert', 'receiver'] as const;
    const pids = await Promise.all(names.map(async (name) => await pidOf(stack, name)));
    // A part that has not answered yet may take longer to start.
    await waitUntil(async () => Date.now() - (await startedMillis(stack)) > 8_000, patienceMillis);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    for (const [index, name] of names.entries())
      expect([name, await isReplaced(stack, name, pids[index] ?? 0)]).toEqual([name, true]);
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
    expect(await partOf(stack, 'receiver')).toMatchObject({ restarts: 1 });
  });

  test('restarts all parts that were killed at once', async () => {
    await using stack = await stackCommands('native');
    expect(await start(stack, '--without', 'grafana,receiver')).toMatchObject({ exitCode: 0 });
    const names = ['collector', 'victoriametrics', 'alertmanager', 'vmalert'] as const;
    const pids = await Promise.all(names.map(async (name) => await pidOf(stack, name)));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    for (const [index, name] of names.entries())
      expect([name, await isReplaced(stack, name, pids[index] ?? 0)]).toEqual([name, true]);
  });

  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'shows a supervisor that got %s as degraded, and starts it again',
    async (signal) => {
      await using stack = await stackCommands('native');
      expect(await start(stack, '--without', 'grafana,receiver')).toMatchObject({ exitCode: 0 });
      expect(await memoryOf(await pidOf(stack, 'supervisor'))).toBeLessThan(70 * 1_024 ** 2);
      const collector = await pidOf(stack, 'collector');
      await killSupervisor(stack, signal);
      expect(await stack.run('status')).toMatchObject({
        exitCode: 2,
        stdout: expect.stringMatching(
          /is degraded[^]*The supervisor, .* is not running\. It has been started again\./,
        ),
      });
      expect(await isWatched(stack.stateDir)).toBe(true);
      expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
      await killSupervisor(stack, signal);
      await connectionFrom({}, stack.env);
      expect(await isWatched(stack.stateDir)).toBe(true);
      process.kill(collector, 'SIGKILL');
      expect(await isReplaced(stack, 'collector', collector)).toBe(true);
      await stack.run('down');
      expect(await stack.leftovers()).toEqual([]);
    },
  );

  test('says everywhere and at once that vmalert is down', async () => {
    await using stack = await stackCommands('native');
    expect(await start(stack, '--without', 'grafana,receiver')).toMatchObject({ exitCode: 0 });
    process.kill(await pidOf(stack, 'vmalert'), 'SIGSTOP');
    await vi.waitFor(
      async () =>
        expect(await stack.run('status')).toMatchObject({
          exitCode: 2,
          stdout: expect.stringContaining('no alert can fire'),
        }),
      10_000,
    );
    const source = await monitorSource(await connectionFrom({}, stack.env));
    expect((await source.snapshot()).alerts).toContainEqual({
      name: 'CtxdPartDown (vmalert)',
      severity: 'critical',
    });
    const printed: string[] = [];
    const print = (line: string) => void printed.push(line);
    process.kill(await pidOf(stack, 'vmalert'), 'SIGSTOP');
    await alertsCommand(['test'], { env: stack.env, print, printError: print });
    expect(printed[0]).toContain('no alert can fire');
  });

  describe('a damaged record', () => {
    const damage = async ({ stateDir }: StackCommands, text: string, isCopyLost: boolean) => {
      if (isCopyLost) await rm(join(stateDir, 'run/stack-copy.json'));
      await writeFile(join(stateDir, 'stack.json'), text);
    };

    test.each([
      ['cut off', '{"runtime":"native","par', false],
      ['empty', '', false],
      ['cut off like its copy', '{"runtime":"native","par', true],
    ])('that is %s heals while the parts are watched', async (_, text, isCopyLost) => {
      await using stack = await stackCommands('native');
      expect(await start(stack, '--without', 'grafana,receiver')).toMatchObject({ exitCode: 0 });
      const [supervisor, collector] = [await pidOf(stack, 'supervisor'), await pidOf(stack, 'collector')];
      await damage(stack, text, isCopyLost);
      process.kill(collector, 'SIGKILL');
      expect(await isReplaced(stack, 'collector', collector)).toBe(true);
      expect((await stat(join(stack.stateDir, 'stack.json'))).size).toBeGreaterThan(100);
      expect(await isRunning(stack.stateDir, 'supervisor')).toBe(true);
      expect(await pidOf(stack, 'supervisor')).toBe(supervisor);
      expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
      await stack.run('down');
      expect(await stack.leftovers()).toEqual([]);
    });

    test('makes no dead part count as left out', async () => {
      await using stack = await stackCommands('native');
      expect(await start(stack, '--without', 'grafana,receiver')).toMatchObject({ exitCode: 0 });
      const [supervisor, collector] = [await pidOf(stack, 'supervisor'), await pidOf(stack, 'collector')];
      process.kill(supervisor, 'SIGKILL');
      process.kill(collector, 'SIGKILL');
      await waitUntil(async () => !(await isRunning(stack.stateDir, 'collector')), patienceMillis);
      await damage(stack, '{', true);
      expect(await start(stack, '--without', 'grafana,receiver')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('Starting collector (native)'),
      });
      expect(await partOf(stack, 'collector')).toMatchObject({ state: 'healthy' });
    });
  });
});

const startedMillis = async ({ stateDir }: StackCommands) =>
  (await stat(join(stateDir, 'run/receiver.json'))).mtimeMs;

inRuntime('docker', () => {
  test('restarts a container that hangs, and one that Docker has given up', async () => {
    await using stack = await stackCommands('docker');
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const signals = { vmalert: 'STOP', collector: 'STOP', alertmanager: 'KILL' } as const;
    const started = await containersOf(stack.env.CTXD_PROJECT ?? '', stack.env);
    // A part that has not answered yet may take longer to start.
    const upSince = (await stat(join(stack.stateDir, 'stack.json'))).mtimeMs;
    await waitUntil(async () => Date.now() - upSince > 15_000, patienceMillis);
    for (const { name, id } of started) {
      const signal = signals[name as keyof typeof signals];
      if (signal) await runCommand('docker', ['kill', '--signal', signal, id], { env: stack.env });
    }
    for (const name of Object.keys(signals)) {
      const before = started.find((one) => one.name === name)?.startedAt;
      const heals = async () => {
        const containers = await containersOf(stack.env.CTXD_PROJECT ?? '', stack.env);
        const isAnew = containers.find((one) => one.name === name)?.startedAt !== before;
        return isAnew && (await partOf(stack, name))?.state === 'healthy';
      };
      expect([name, await waitUntil(heals, patienceMillis)]).toEqual([name, true]);
    }
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
    await killSupervisor(stack, 'SIGKILL');
    expect(await stack.run('status')).toMatchObject({ exitCode: 2 });
    expect(await isWatched(stack.stateDir)).toBe(true);
    await stack.run('down');
    expect(await stack.leftovers()).toEqual([]);
    expect(await pidOf(stack, 'supervisor')).toBe(0);
  });
});
