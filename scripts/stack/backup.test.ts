import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../compose/system/command.ts';
import { stackCommand } from './main.ts';
import { testFolder } from '../../compose/runtime/test-folder.ts';

/** Runs a command on a stack that does not run, on a machine without Docker. */
async function run(stateDir: string, args: string[], confirm?: (question: string) => Promise<boolean>) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const env = { PATH: '/nowhere', CTXD_STATE_DIR: stateDir };
  const exitCode = await stackCommand(args, { env, print, printError: print, confirm });
  return { exitCode, output: lines.join('\n') };
}

/** A state folder with some data of every part that keeps data. */
async function stateWithData(path: string) {
  for (const name of ['victoriametrics/data', 'victoriametrics/cache', 'alertmanager', 'receiver', 'grafana'])
    await mkdir(join(path, 'data', name), { recursive: true });
  await writeFile(join(path, 'data/victoriametrics/data/part'), 'metrics');
  await writeFile(join(path, 'data/victoriametrics/flock.lock'), '');
  await writeFile(join(path, 'data/alertmanager/silences'), 'silences');
  const database = new DatabaseSync(join(path, 'data/grafana/grafana.db'));
  database.exec(`create table dashboard (title text); insert into dashboard values ('mine')`);
  database.close();
}

describe('a backup of a stopped stack', () => {
  test('is restored into an empty folder, and nothing else is left there', async () => {
    await using folder = await testFolder();
    const [one, two, file] = ['one', 'two', 'a.tar.gz'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    await stateWithData(one);
    expect(await run(one, ['backup', file])).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/^Wrote .+: [\d.]+ (B|KiB)$/),
    });
    expect(await run(two, ['restore', file, '--yes'])).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(two, 'data/victoriametrics/data/part'), 'utf8')).toBe('metrics');
    expect(await readFile(join(two, 'data/alertmanager/silences'), 'utf8')).toBe('silences');
    expect(await readdir(join(two, 'data/victoriametrics'))).toEqual(['data']);
    const database = new DatabaseSync(join(two, 'data/grafana/grafana.db'));
    expect(database.prepare('select title from dashboard').all()).toEqual([{ title: 'mine' }]);
    database.close();
    expect(await readdir(two)).toEqual(['data']);
    expect(await readdir(one)).toEqual(['data']);
  });

  test.each([
    ['is not an archive', async (file: string) => await writeFile(file, 'text'), 'cannot be unpacked'],
    [
      'is another archive',
      async (file: string) => void (await runCommand('tar', ['-czf', file, '-C', '/etc', 'hostname'])),
      'is not a backup of this stack',
    ],
  ])('is refused when the file %s, and nothing is changed', async (_case, write, words) => {
    await using folder = await testFolder();
    const file = join(folder.path, 'a.tar.gz');
    await write(file);
    await stateWithData(join(folder.path, 'state'));
    const { exitCode, output } = await run(join(folder.path, 'state'), ['restore', file, '--yes']);
    expect([exitCode, output]).toEqual([1, expect.stringContaining(words)]);
    await access(join(folder.path, 'state/data/victoriametrics/data/part'));
    const ask = async () => Promise.reject(new Error('asked'));
    const asked = await run(join(folder.path, 'state'), ['restore', file], ask);
    expect([asked.exitCode, asked.output]).toEqual([1, expect.stringContaining(words)]);
  });

  test.each([
    ['.', 'is a folder'],
    ['nowhere/a.tar.gz', 'There is no folder'],
  ])('is not begun where it cannot be written: %s', async (name, words) => {
    await using folder = await testFolder();
    await stateWithData(join(folder.path, 'state'));
    const { exitCode, output } = await run(join(folder.path, 'state'), ['backup', join(folder.path, name)]);
    expect([exitCode, output]).toEqual([1, expect.stringContaining(words)]);
  });
});

/** A tar archive with one entry after the manifest. Types: 0 file, 1 hard link, 2 symbolic link, 6 FIFO. */
function archiveWith(...entries: readonly { name: string; type: string; target?: string }[]): Buffer {
  const block = (name: string, type: string, text: string, target = '') => {
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write('0000600\x000000000\x000000000\x00', 100);
    head.write(
      `${text.length.toString(8).padStart(11, '0')}\x0000000000000\x00        ${type}${target}`,
      124,
    );
    head.write('ustar\x0000', 257);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148);
    return Buffer.concat([head, Buffer.from(text.padEnd(Math.ceil(text.length / 512) * 512, '\x00'))]);
  };
  const manifest = block('ctxd-backup.json', '0', '{"createdAt":"2026-11-20T10:00:00Z"}');
  const rest = entries.map(({ name, type, target }) =>
    block(name, type, type === '0' ? 'stolen' : '', target),
  );
  return gzipSync(Buffer.concat([manifest, ...rest, Buffer.alloc(1_024)]));
}

describe('a restore from an archive that someone else made', () => {
  test.each([
    ['a symbolic link', [{ name: 'alertmanager', type: '2', target: 'OUTSIDE' }]],
    [
      'a file below a link',
      [
        { name: 'receiver', type: '2', target: 'OUTSIDE' },
        { name: 'receiver/file', type: '0' },
      ],
    ],
    ['a hard link', [{ name: 'receiver/file', type: '1', target: 'OUTSIDE/file' }]],
    ['a FIFO', [{ name: 'receiver', type: '6' }]],
    ['a name that leads out', [{ name: '../OUTSIDE/file', type: '0' }]],
    ['an absolute name', [{ name: 'OUTSIDE/file', type: '0' }]],
  ])('refuses %s and changes nothing', async (_, entries) => {
    await using folder = await testFolder();
    const [state, outside, file] = ['state', 'outside', 'a.tgz'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    await stateWithData(state);
    await mkdir(outside);
    await writeFile(join(outside, 'file'), 'mine');
    const placed = (text?: string) =>
      text?.replace('../OUTSIDE', '../../outside').replace('OUTSIDE', outside);
    const hostile = entries.map((entry: { name: string; type: string; target?: string }) => ({
      type: entry.type,
      name: placed(entry.name) ?? '',
      ...(entry.target && { target: placed(entry.target) ?? '' }),
    }));
    await writeFile(file, archiveWith(...hostile));
    const { exitCode, output } = await run(state, ['restore', file, '--yes']);
    expect(output).toMatch(/^.+a\.tgz (holds|cannot be unpacked).+; nothing was changed\.$/);
    expect(exitCode).toBe(1);
    expect(await readFile(join(outside, 'file'), 'utf8')).toBe('mine');
    expect(await readdir(outside)).toEqual(['file']);
    expect(await readFile(join(state, 'data/alertmanager/silences'), 'utf8')).toBe('silences');
    expect(await readdir(state)).toEqual(['data']);
  });

  test.skipIf(process.platform === 'win32')('refuses a FIFO at once', async () => {
    await using folder = await testFolder();
    const file = join(folder.path, 'a.tgz');
    await runCommand('mkfifo', [file]);
    const { exitCode, output } = await run(join(folder.path, 'state'), ['restore', file, '--yes']);
    expect([exitCode, output]).toEqual([1, expect.stringContaining('a FIFO, not a regular file')]);
  });
});

describe('a reset', () => {
  test('asks, says how much it deletes, and does nothing without consent', async () => {
    await using folder = await testFolder();
    await stateWithData(folder.path);
    const questions: string[] = [];
    const answer = (consent: boolean) => async (question: string) => questions.push(question) > 0 && consent;
    expect(await run(folder.path, ['reset'], answer(false))).toEqual({
      exitCode: 1,
      output: 'Nothing was changed.',
    });
    expect(questions[0]).toMatch(/^Delete all metrics, .+ in .+: \d+ KiB\?$/);
    await access(join(folder.path, 'data/grafana/grafana.db'));
    expect(await run(folder.path, ['reset'], answer(true))).toMatchObject({ exitCode: 0 });
    expect(await readdir(join(folder.path, 'data'))).toEqual([]);
  });
});
