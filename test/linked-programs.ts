import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirFrom } from '../compose/system/folders.ts';

/** Fills a folder for caches with links to this machine's programs: a test can use them, and delete only the links. */
export async function linkPrograms(cacheHome: string): Promise<void> {
  const own = cacheDirFrom(process.env);
  const folder = join(cacheHome, 'ctxd');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(own).catch(() => []))
    if (/-(linux|darwin)-\w+$/.test(name)) await symlink(join(own, name), join(folder, name));
}
