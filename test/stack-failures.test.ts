import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programs } from '../compose/programs.ts';
import { acquire } from '../scripts/stack/acquire.ts';
import { freeBytes } from '../scripts/stack/machine.ts';
import { runCommand } from '../scripts/stack/command.ts';
import { waitUntil } from '../scripts/stack/health.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

const up = ['up', '--without', 'grafana'];

async function partOf(stack: StackCommands, name: string): Promise<{ state: string } | undefined> {
  const { stdout } = await stack.run('status', '--json');
  const { data }: { data: { parts: { name: string; state: string }[] } } = JSON.parse(stdout);
  return data.parts.find((part) => part.name === name);
}

it('a part that crashes again and again is given up, which status says, and up starts it again', async () => {
  await using stack = await stackCommands('native');
  const alertmanager = await acquire(programs.alertmanager, { env: process.env, print: console.log });
  const broken = join(stack.stateDir, 'broken');
  const path = await stack.program(
    'bin/alertmanager',
    `[ "$1" != --version ] && [ -e '${broken}' ] && exit 3; exec '${alertmanager}' "$@"`,
  );
  stack.env.PATH = `${dirname(path)}${delimiter}${process.env.PATH}`;
  expect(await stack.run(...up)).toMatchObject({ exitCode: 0 });
  await writeFile(broken, '');
  process.kill(await stack.pidOf('alertmanager'), 'SIGKILL');
  const isGivenUp = async () => (await partOf(stack, 'alertmanager'))?.state === 'given up';
  expect(await waitUntil(isGivenUp, 30_000)).toBe(true);
  const status = await stack.run('status');
  expect([status.exitCode, status.stdout]).toEqual([2, expect.stringMatching(/^alertmanager +given up/m)]);
  await rm(broken);
  expect(await stack.run(...up)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Starting alertmanager (native)'),
  });
  expect(await stack.run('status')).toMatchObject({ exitCode: 0 });
});

/** A small disk of one's own below a folder, or why there is none. */
async function smallDisk(folder: string, size: string) {
  await mkdir(folder, { recursive: true });
  const { exitCode } = await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'ctxd-test', folder]);
  return {
    isMounted: exitCode === 0,
    [Symbol.asyncDispose]: async () => {
      if (exitCode === 0) await runCommand('umount', [folder]);
    },
  };
}

describe('a disk', () => {
  it('that is full makes the stack degraded, and healthy again once there is room', async ({ skip }) => {
    await using stack = await stackCommands('native');
    await using disk = await smallDisk(stack.stateDir, '160m');
    if (!disk.isMounted) return skip('this user may not mount a small disk');
    expect(await stack.run(...up)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('metrics stop being stored when it is full'),
    });
    const filler = join(stack.stateDir, 'filler');
    await writeFile(filler, Buffer.alloc((await freeBytes(stack.stateDir)) - 5_000_000));
    const isReadOnly = async () => (await partOf(stack, 'victoriametrics'))?.state === 'read-only';
    expect(await waitUntil(isReadOnly, 60_000)).toBe(true);
    expect(await stack.run('status')).toMatchObject({ exitCode: 2 });
    await rm(filler);
    expect(await waitUntil(async () => !(await isReadOnly()), 60_000)).toBe(true);
    await stack.run('down');
    return undefined;
  });

  it('that is too small ends the start before anything is started', async ({ skip }) => {
    await using stack = await stackCommands('native');
    await using disk = await smallDisk(stack.stateDir, '50m');
    if (!disk.isMounted) return skip('this user may not mount a small disk');
    const { exitCode, output } = await stack.run(...up);
    expect([exitCode, output]).toEqual([
      1,
      expect.stringMatching(
        /^Only 50 MiB are free on the disk of .+; nothing was started\.\nFree some space/,
      ),
    ]);
    expect(await stack.leftovers()).toEqual([]);
    return undefined;
  });
});
