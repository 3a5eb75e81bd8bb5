import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { imageReference, partNamed } from '../compose/parts.ts';
import { programs } from '../compose/programs/programs.ts';
import { freeBytes } from '../compose/runtime/machine.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { identityOf, isRunning } from '../compose/runtime/native/part-process.ts';
import { pidFileOf } from '../compose/runtime/state.ts';
import { inBothRuntimes, partOf, start, statusOf } from './both-runtimes.ts';
import { smallDisk } from './small-disk.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

/** Adds a month of broken metrics, so that VictoriaMetrics no longer starts, until `mend` is called. */
async function damagedMetrics({ stateDir }: StackCommands) {
  const months = ['small', 'big'].map((size) => join(stateDir, 'data/victoriametrics/data', size, '2001_01'));
  for (const month of months) await mkdir(join(month, '0000000000000001'), { recursive: true });
  const file = join(months[0] ?? '', 'parts.json');
  await writeFile(file, 'not JSON');
  return {
    file,
    mend: async () => {
      for (const month of months) await rm(month, { recursive: true });
    },
  };
}

inBothRuntimes((runtime) => {
  test('disables a part that keeps crashing, shows that in the status, and up starts it again', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const damage = await damagedMetrics(stack);
    process.kill(await stack.pidOf('victoriametrics'), 'SIGKILL');
    const seen = new Set<string | undefined>();
    const isGivenUp = async () => {
      const { state } = (await partOf(stack, 'victoriametrics')) ?? {};
      return seen.add(state) && state === 'disabled';
    };
    expect(await waitUntil(isGivenUp, 180_000)).toBe(true);
    expect(seen).toContain('restarting');
    const status = await stack.run('status');
    expect(status.exitCode).toBe(2);
    expect(status.stdout).toMatch(/^victoriametrics +disabled \(restarted [48]×\)/m);
    await damage.mend();
    expect(await start(stack)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`Starting victoriametrics (${runtime})`),
    });
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
    expect(await partOf(stack, 'victoriametrics')).toMatchObject({ restarts: 0 });
  });

  test('says that damaged data is damaged, and keeps it', async () => {
    await using stack = await stackCommands(runtime);
    const { file } = await damagedMetrics(stack);
    const { exitCode, output } = await start(stack, '--timeout', '20');
    expect([exitCode, output]).toEqual([
      1,
      expect.stringContaining('victoriametrics stopped right after it started: its data is damaged.'),
    ]);
    expect(output).toContain('npm run stack:restore -- FILE');
    expect(await readFile(file, 'utf8')).toBe('not JSON');
    expect(await stack.leftovers()).toEqual([]);
  });

  test('names the file that Grafana cannot read, and the place in it, before anything is started', async () => {
    await using stack = await stackCommands(runtime);
    const program = await stack.program('grafana/bin/grafana', 'exec sleep 60');
    stack.env.GRAFANA_HOME = dirname(dirname(program));
    stack.env.CTXD_GRAFANA_IMAGE =
      stack.env.CTXD_RECEIVER_IMAGE ?? imageReference(partNamed('receiver').image);
    const file = join(stack.stateDir, 'config/dashboards/mine.json');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '{"panels":\n 1 2}');
    const { exitCode, output } = await stack.run('up');
    expect([exitCode, output]).toEqual([
      1,
      expect.stringContaining(`grafana rejects its configuration; nothing was started: ${file}: Expected`),
    ]);
    expect(output).toContain('(line 2 column 4)\n');
    expect(output).not.toContain('Stopping what was started');
    expect(await stack.leftovers()).toEqual([]);
  });

  test('with --no-rollback a failed start leaves its parts running, names them, and the next up continues from there', async () => {
    await using stack = await stackCommands(runtime);
    const damage = await damagedMetrics(stack);
    const { exitCode, stdout } = await start(stack, '--timeout', '20', '--no-rollback');
    expect([exitCode, stdout]).toEqual([
      1,
      expect.stringMatching(/^Left running: (\w+, )*collector\b.*npm run stack:up.*npm run stack:down$/m),
    ]);
    expect((await statusOf(stack)).status).toBe('degraded');
    const collector = await stack.pidOf('collector');
    await damage.mend();
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    expect(await stack.pidOf('collector')).toBe(collector);
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
    await stack.run('down');
    expect(await stack.leftovers()).toEqual([]);
  });

  test('restarts a part that runs and does not answer', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    process.kill(await stack.pidOf('receiver'), 'SIGSTOP');
    expect(await stack.run('status')).toMatchObject({
      exitCode: 2,
      stdout: expect.stringMatching(/^receiver +unhealthy/m),
    });
    expect(await start(stack)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Running but not answering: receiver\n'),
    });
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
  });

  test('does not restart a part that answers a moment later', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const receiver = await stack.pidOf('receiver');
    process.kill(receiver, 'SIGSTOP');
    const again = start(stack);
    await sleep(3_000);
    process.kill(receiver, 'SIGCONT');
    expect(await again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('already running') });
    expect(await stack.pidOf('receiver')).toBe(receiver);
  });

  test.each(['not JSON', '{}'])('finds the running parts when its record says `%s`', async (text) => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack, '--without', 'grafana,receiver,vmalert')).toMatchObject({ exitCode: 0 });
    await writeFile(join(stack.stateDir, 'stack.json'), text);
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
    expect((await start(stack)).stdout).toContain(`Starting vmalert, receiver (${runtime})`);
    await writeFile(join(stack.stateDir, 'stack.json'), text);
    expect(await stack.run('down')).toMatchObject({ exitCode: 0 });
    expect(await stack.leftovers()).toEqual([]);
  });

  describe('on a disk', () => {
    test('that gets full makes the stack degraded, and healthy again once there is room', async ({
      skip,
    }) => {
      await using stack = await stackCommands(runtime);
      await using disk = await smallDisk(stack.stateDir, '160m');
      if (!disk.isMounted) return skip('this user may not mount a small disk');
      expect(await start(stack)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('when it is full, metrics are no longer stored'),
      });
      const filler = join(stack.stateDir, 'filler');
      await writeFile(filler, Buffer.alloc((await freeBytes(stack.stateDir)) - 5_000_000));
      const isReadOnly = async () => (await partOf(stack, 'victoriametrics'))?.state === 'read-only';
      expect(await waitUntil(isReadOnly, 120_000)).toBe(true);
      expect(await stack.run('status')).toMatchObject({ exitCode: 2 });
      await rm(filler);
      expect(await waitUntil(async () => !(await isReadOnly()), 120_000)).toBe(true);
      await stack.run('down');
      return undefined;
    });

    test('that is too small starts nothing', async ({ skip }) => {
      await using stack = await stackCommands(runtime);
      await using disk = await smallDisk(stack.stateDir, '50m');
      if (!disk.isMounted) return skip('this user may not mount a small disk');
      const { exitCode, output } = await start(stack);
      expect([exitCode, output]).toEqual([
        1,
        expect.stringMatching(
          /^Only 50 MiB are free on the disk of .+; nothing was started\.\nFree some space/m,
        ),
      ]);
      expect(await stack.leftovers()).toEqual([]);
      return undefined;
    });
  });
});

describe('the native runtime', () => {
  test('says that the database of Grafana is damaged, and leaves nothing behind', async () => {
    await using stack = await stackCommands('native');
    const words = 'Error: ✗ failed to check table existence: database disk image is malformed (11)';
    const program = await stack.program('grafana/bin/grafana', `echo '${words}' >&2; exit 1`);
    stack.env.GRAFANA_HOME = dirname(dirname(program));
    const { exitCode, output } = await stack.run('up');
    expect([exitCode, output]).toEqual([
      1,
      expect.stringMatching(
        /grafana stopped right after it started: its database is damaged\.\nRestore a backup: .+\nIts last log lines:\n {2}Error: ✗/,
      ),
    ]);
    expect(await stack.leftovers()).toEqual([]);
  });

  test('names the parts that no longer run after new settings have failed, and keeps the others running', async () => {
    await using stack = await stackCommands('native');
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const collector = await stack.pidOf('collector');
    const failing = `case "$*" in --version) echo ${programs.alertmanager.version} ;; *ctxd-check*) echo TLS is disabled; exec sleep 60 ;; *) exit 3 ;; esac`;
    const program = await stack.program('bin/alertmanager', failing);
    const path = stack.env.PATH;
    stack.env.PATH = `${dirname(program)}${delimiter}${path}`;
    stack.env.CTXD_ALERT_WEBHOOK_URL = 'http://198.51.100.1/hook';
    const failed = await start(stack);
    expect([failed.exitCode, failed.stdout]).toEqual([
      1,
      expect.stringContaining(
        'No longer running: alertmanager. After fixing the problem: npm run stack:up\n',
      ),
    ]);
    expect(await stack.pidOf('collector')).toBe(collector);
    expect(await partOf(stack, 'alertmanager')).toMatchObject({ state: 'stopped' });
    stack.env.PATH = path;
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
  });

  test('watches its parts again after the supervisor was killed, and finds parts without a pid file', async () => {
    await using stack = await stackCommands('native');
    const without = ['--without', 'grafana,receiver,vmalert'];
    expect(await stack.run('up', ...without)).toMatchObject({ exitCode: 0 });
    const supervisor = await identityOf(stack.stateDir, 'supervisor');
    process.kill(supervisor?.pid ?? 0, 'SIGKILL');
    await waitUntil(async () => !(await isRunning(stack.stateDir, 'supervisor')), 60_000);
    expect((await stack.run('status')).stdout).toContain(
      'The supervisor, which restarts crashed parts, is not running.',
    );
    const { pid } = (await identityOf(stack.stateDir, 'collector')) ?? {};
    await writeFile(pidFileOf(stack.stateDir, 'collector'), '{}');
    expect(await stack.run('up', ...without)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('already running'),
    });
    expect(await isRunning(stack.stateDir, 'supervisor')).toBe(true);
    const { stdout } = await stack.run('status');
    expect(stdout).toMatch(/^supervisor +healthy/m);
    expect(stdout).not.toContain('The supervisor');
    expect((await identityOf(stack.stateDir, 'collector'))?.pid).toBe(pid);
    await stack.run('down');
    expect(await stack.leftovers()).toEqual([]);
  });
});
