import { execFileSync } from 'node:child_process';
import { mkdir, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRegularFile, readRegularFile, readRegularFileSync } from './regular-file.ts';

const readers = [
  ['readRegularFile', readRegularFile],
  ['readRegularFileSync', async (path: string, mostBytes?: number) => readRegularFileSync(path, mostBytes)],
] as const;

test.each(readers)('%s reads files and links to files, empty or not', async (_, read) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'regular-'));
  const path = join(folder.path, 'file');
  const text = 'é'.repeat(100_000);
  await writeFile(path, text);
  await symlink(path, join(folder.path, 'link'));
  expect(await read(path)).toBe(text);
  expect(await read(join(folder.path, 'link'))).toBe(text);
  await writeFile(path, '');
  expect(await read(path)).toBe('');
});

test.each(readers)('%s reads up to its limit', async (_, read) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'regular-'));
  const path = join(folder.path, 'file');
  await writeFile(path, 'x'.repeat(70_000));
  expect(await read(path, 70_000)).toHaveLength(70_000);
  await expect(read(path, 69_999)).rejects.toMatchObject({
    code: 'EFBIG',
    message: /larger than 69999 bytes/,
  });
});

test.skipIf(process.platform === 'win32').each(readers)(
  '%s refuses everything else at once',
  async (_, read) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'regular-'));
    const path = (name: string) => join(folder.path, name);
    await mkdir(path('folder'));
    execFileSync('mkfifo', [path('fifo')]);
    const server = createServer().listen(path('socket'));
    await once(server, 'listening');
    await symlink(path('fifo'), path('link'));
    const codes = { folder: 'EISDIR', fifo: 'ENOTSUP', link: 'ENOTSUP', socket: 'ENOTSUP', none: 'ENOENT' };
    for (const [name, code] of Object.entries(codes)) {
      await expect(read(path(name))).rejects.toMatchObject({ code, syscall: expect.any(String) });
    }
    for (const device of ['/dev/zero', '/dev/null', '/dev/tty']) {
      await expect(read(device)).rejects.toMatchObject({ message: expect.stringContaining('a device') });
    }
    await expect(openRegularFile(path('fifo'))).rejects.toThrow('a FIFO, not a regular file');
    server.close();
  },
);
