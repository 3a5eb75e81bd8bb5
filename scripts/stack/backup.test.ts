import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

/** A state folder with something in it of each part that has something of its own. */
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
  test('brings all data back into an empty folder, and leaves nothing else there', async () => {
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
    ['is no archive', async (file: string) => await writeFile(file, 'text'), 'cannot be unpacked'],
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
  });
});

describe('a reset', () => {
  test('asks, says how much it deletes, and does nothing without consent', async () => {
    await using folder = await testFolder();
    await stateWithData(folder.path);
    const asked: string[] = [];
    const answer = (consent: boolean) => async (question: string) => asked.push(question) > 0 && consent;
    expect(await run(folder.path, ['reset'], answer(false))).toEqual({
      exitCode: 1,
      output: 'Nothing was changed.',
    });
    expect(asked[0]).toMatch(/^Delete all metrics, .+ in .+: \d+ KiB\?$/);
    await access(join(folder.path, 'data/grafana/grafana.db'));
    expect(await run(folder.path, ['reset'], answer(true))).toMatchObject({ exitCode: 0 });
    expect(await readdir(join(folder.path, 'data'))).toEqual([]);
  });
});
