import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes in words, such as `1.5 GiB`. */
export function bytesInWords(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const amount = bytes / 1_024 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}

/** The disk space of a folder, in bytes; 0 when it does not exist. Files that are deleted meanwhile do not count. */
export async function bytesOfFolder(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    const child = join(path, entry.name);
    if (entry.isDirectory()) return await bytesOfFolder(child);
    const blockBytes = 512;
    return ((await lstat(child).catch(() => undefined))?.blocks ?? 0) * blockBytes;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
