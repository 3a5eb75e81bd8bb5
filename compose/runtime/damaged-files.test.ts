import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { damagedFiles } from './damaged-files.ts';
import { dataDirOf } from './state.ts';
import { testFolder } from './test-folder.ts';

test('names a snapshot that was set aside, or that cannot be read, until it is gone', async () => {
  await using folder = await testFolder();
  const dir = dataDirOf(folder.path, 'receiver');
  expect(await damagedFiles(folder.path)).toEqual([]);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'sessions.snapshot'), 'fine');
  expect(await damagedFiles(folder.path)).toEqual([]);
  await writeFile(join(dir, 'sessions.snapshot.corrupt'), 'cut o');
  await mkdir(join(dir, 'alerts.jsonl'));
  expect(await damagedFiles(folder.path)).toEqual([
    {
      sentence: expect.stringMatching(/without its earlier sessions at .*sessions\.snapshot\.corrupt\.$/),
      remedy: expect.stringContaining(`rm '${dir}/sessions.snapshot.corrupt'`),
    },
    { sentence: expect.stringMatching(/alerts\.jsonl \(EISDIR: a folder/), remedy: expect.any(String) },
  ]);
  await rm(join(dir, 'sessions.snapshot.corrupt'));
  expect(await damagedFiles(folder.path)).toHaveLength(1);
});
