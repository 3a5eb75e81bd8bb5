import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesInWords, bytesOfFolder } from './bytes.ts';
import { testFolder } from '../runtime/test-folder.ts';

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KiB'],
  [1_536, '1.5 KiB'],
  [10 * 1_024 ** 2, '10 MiB'],
  [3.25 * 1_024 ** 4, '3.3 TiB'],
  [2_048 * 1_024 ** 4, '2048 TiB'],
])('%d bytes are written as %s', (bytes, words) => {
  expect(bytesInWords(bytes)).toBe(words);
});

test('the size of a folder is that of its files without links, and 0 when it is missing', async () => {
  await using folder = await testFolder();
  await mkdir(join(folder.path, 'deep'));
  await writeFile(join(folder.path, 'deep', 'file'), Buffer.alloc(1_000_000, 1));
  await symlink('/', join(folder.path, 'link'));
  const bytes = await bytesOfFolder(folder.path);
  expect(bytes).toBeGreaterThanOrEqual(900_000);
  expect(bytes).toBeLessThan(1_100_000);
  expect(await bytesOfFolder(join(folder.path, 'nowhere'))).toBe(0);
});
