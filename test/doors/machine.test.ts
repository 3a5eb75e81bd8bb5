import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { portsFrom } from '../../compose/ports.ts';
import { runCommand } from '../../compose/system/command.ts';
import { takeLock } from '../../compose/system/lock.ts';
import { writeOwn, writeRecord } from '../../compose/runtime/state.ts';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import { AlertInbox } from '../../instrumentation/src/receiver/inbox/alert-inbox.ts';
import { systemClock } from '../../instrumentation/src/clock.ts';
import { stackCommand } from '../../scripts/stack/main.ts';
import { smallDisk } from '../small-disk.ts';

const root = resolve(import.meta.dirname, '../..');
const notMounted = 'only root can mount a small disk';

async function runStack(stateDir: string, ...args: string[]) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const env = { ...process.env, CTXD_STATE_DIR: stateDir };
  return { exitCode: await stackCommand(args, { env, print, printError: print }), output: lines.join('\n') };
}

test('a full disk leaves no lock and no temporary file, and the error says what to do', async ({ skip }) => {
  await using folder = await testFolder();
  await using disk = await smallDisk(folder.path, '64k');
  if (!disk.isMounted) skip(notMounted);
  await writeFile(join(folder.path, 'big'), 'x'.repeat(1_000_000)).catch(() => undefined);
  const taken = takeLock({ folder: folder.path, command: 'up', waitMillis: 0 });
  await expect(taken).rejects.toMatchObject({ code: 'ENOSPC' });
  await expect(writeOwn(join(folder.path, 'stack.json'), 'x'.repeat(10_000))).rejects.toThrow('ENOSPC');
  expect(await runStack(folder.path, 'down')).toMatchObject({
    exitCode: 1,
    output: expect.stringMatching(/^The disk is full: ENOSPC: .*\nFree some space, or set CTXD_STATE_DIR/),
  });
  expect(await readdir(folder.path)).toEqual(['big']);
});

test('a full disk loses no alert once there is space again', async ({ skip }) => {
  await using folder = await testFolder();
  await using disk = await smallDisk(folder.path, '64k');
  if (!disk.isMounted) skip(notMounted);
  const path = join(folder.path, 'alerts.jsonl');
  const notification = (id: string) => ({
    alerts: [{ status: 'firing', labels: { alertname: id.repeat(200) }, fingerprint: id }],
  });
  const inbox = new AlertInbox(systemClock, path);
  await inbox.accept(notification('one'));
  await writeFile(join(folder.path, 'big'), 'x'.repeat(1_000_000)).catch(() => undefined);
  let failures = 0;
  for (let index = 0; index < 20; index += 1) {
    await inbox.accept(notification(`two${index}`)).catch(() => (failures += 1));
  }
  expect(failures).toBeGreaterThan(0);
  await writeFile(join(folder.path, 'big'), '');
  await inbox.accept(notification('two19'));
  const again = new AlertInbox(systemClock, path);
  await again.restore();
  expect(again.view().alerts.map(({ fingerprint }) => fingerprint)).toEqual(
    inbox.view().alerts.map(({ fingerprint }) => fingerprint),
  );
  expect(again.view().alerts).toHaveLength(21);
  expect((await readdir(folder.path)).toSorted()).toEqual(['alerts.jsonl', 'big']);
});

test.for(['up', 'down', 'restart', 'backup'])(
  'with a read-only state folder, stack:%s ends with one readable error',
  async (command, { skip }) => {
    await using folder = await testFolder();
    await using disk = await smallDisk(folder.path, '64k');
    if (!disk.isMounted) skip(notMounted);
    await disk.protect();
    const { exitCode, output } = await runStack(folder.path, command, ...(command === 'backup' ? ['x'] : []));
    expect(output).toMatch(
      /^The disk is read-only: EROFS: .*\.\nMake it writable, or set CTXD_STATE_DIR to .*\.$/,
    );
    expect(exitCode).toBe(1);
  },
);

test('with a low limit of open files, stack:up ends with one readable error', async () => {
  await using folder = await testFolder();
  const words = `ulimit -n 64; exec '${process.execPath}' scripts/ctxd.cjs up --runtime native --ports auto`;
  const { exitCode, output } = await runCommand('sh', ['-c', words], {
    cwd: root,
    env: { ...process.env, CTXD_STATE_DIR: folder.path },
  });
  expect(output).toMatch(
    /^Only 64 files may be open at once; nothing was started\.\nAllow 1024 in this shell: ulimit/m,
  );
  expect(output).not.toMatch(/^ +at /m);
  expect(exitCode).toBe(1);
});

const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

test.each(['stack:status', 'stack:logs', 'sessions', 'alerts', 'doctor'])(
  'npm run %s prints no error when its reader stops early',
  async (name) => {
    await using folder = await testFolder();
    const env = { ...process.env, CTXD_STATE_DIR: folder.path, HOME: folder.path };
    // This makes `status` print twice, and the second write meets a closed pipe.
    await writeRecord(folder.path, { runtime: 'native', parts: ['vmalert'], ports: portsFrom({}) });
    await mkdir(join(folder.path, 'data/receiver'), { recursive: true });
    await writeFile(join(folder.path, 'data/receiver/sessions.snapshot.corrupt'), '');
    const errors = join(folder.path, 'errors');
    const command = (scripts[name] ?? '').replace(/^node /, `'${process.execPath}' `);
    // `true` exits before the command prints.
    await runCommand('sh', ['-c', `${command} 2>'${errors}' | true`], { cwd: root, env });
    const printed = await readFile(errors, 'utf8');
    expect(printed).not.toMatch(/EPIPE|^ +at /m);
  },
);
