import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { availableMemory } from 'node:process';
import type { Stack } from './runtime.ts';
import { StackError } from './stack-error.ts';
import { bytesInWords } from './bytes.ts';

const mebibyte = 1_024 ** 2;

/** What there has to be, and below what it is told that it may get tight. */
const room = {
  disk: { leastBytes: 100 * mebibyte, ampleBytes: 1_024 * mebibyte },
  memory: { leastBytes: 256 * mebibyte, ampleBytes: 1_024 * mebibyte },
} as const;

/**
 * Looks whether there is room for the stack.
 *
 * @throws StackError when disk or memory is so short that it would stop soon after.
 */
export async function checkMachine({ stateDir, print, warn = print }: Stack): Promise<void> {
  for (const warning of judgeRoom(await freeBytes(stateDir), availableMemory(), stateDir)) warn(warning);
}

/** What is free on the disk of a folder, in bytes. */
export async function freeBytes(folder: string): Promise<number> {
  // It may not have been made yet.
  for (let path = folder; ; path = dirname(path)) {
    const found = await statfs(path).catch(() => undefined);
    if (found) return found.bavail * found.bsize;
    if (path === dirname(path)) return Infinity;
  }
}

/** What is to be said of free disk and memory, both in bytes. */
export function judgeRoom(diskBytes: number, memoryBytes: number, stateDir: string): string[] {
  const disk = `Only ${bytesInWords(diskBytes)} are free on the disk of ${stateDir}`;
  const memory = `Only ${bytesInWords(memoryBytes)} of memory are available`;
  if (diskBytes < room.disk.leastBytes) {
    throw new StackError(`${disk}; nothing was started.`, {
      remedy: 'Free some space, or set CTXD_STATE_DIR to a folder on another disk.',
    });
  }
  if (memoryBytes < room.memory.leastBytes) {
    throw new StackError(`${memory}; nothing was started.`, {
      remedy: 'End other programs, or leave parts out: npm run stack:up -- --without grafana',
    });
  }
  return [
    ...(diskBytes < room.disk.ampleBytes ? [`${disk}; metrics stop being stored when it is full.`] : []),
    ...(memoryBytes < room.memory.ampleBytes ? [`${memory}; the stack wants up to 1 GiB.`] : []),
  ];
}
