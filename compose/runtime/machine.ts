import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { availableMemory } from 'node:process';
import type { Stack } from './runtime.ts';
import { runCommand } from '../system/command.ts';
import { StackError } from '../system/stack-error.ts';
import { bytesInWords } from '../system/bytes.ts';

const mebibyte = 1_024 ** 2;

/** Below `least` the stack does not start; below `ample` it warns. */
const room = {
  disk: { leastBytes: 100 * mebibyte, ampleBytes: 1_024 * mebibyte },
  memory: { leastBytes: 256 * mebibyte, ampleBytes: 1_024 * mebibyte },
} as const;

/** VictoriaMetrics warns below this. */
const leastOpenFiles = 1_024;

/**
 * Checks that the machine has enough disk space and memory for the stack, and warns when they are low.
 *
 * @throws StackError when there is too little to keep running.
 */
export async function checkMachine({ stateDir, warn }: Pick<Stack, 'stateDir' | 'warn'>): Promise<void> {
  for (const warning of judgeRoom(await freeBytes(stateDir), availableMemory(), stateDir)) warn(warning);
  expectOpenFiles(await mostOpenFiles());
}

/** How many files a part may open at once: the hard limit, which Node raises its own to. */
async function mostOpenFiles(): Promise<number> {
  const { stdout } = await runCommand('ulimit', ['-n']);
  const limit = Number(stdout);
  return Number.isInteger(limit) && limit > 0 ? limit : Infinity;
}

/** @throws StackError when the parts could not open the files of a few days of metrics */
export function expectOpenFiles(limit: number): void {
  if (limit >= leastOpenFiles) return;
  throw new StackError(`Only ${limit} files may be open at once; nothing was started.`, {
    remedy: `Allow ${leastOpenFiles} in this shell: ulimit -n ${leastOpenFiles}. If that is refused, an administrator has to raise the hard limit.`,
  });
}

/** Free space on the disk of a folder, in bytes. */
export async function freeBytes(folder: string): Promise<number> {
  // The folder may not exist yet.
  for (let path = folder; ; path = dirname(path)) {
    const found = await statfs(path).catch(() => undefined);
    if (found) return found.bavail * found.bsize;
    if (path === dirname(path)) return Infinity;
  }
}

/**
 * Warnings about free disk space and memory, both in bytes.
 *
 * @throws StackError when there is too little to keep running.
 */
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
      remedy: 'Close other programs, or leave parts out: npm run stack:up -- --without grafana',
    });
  }
  return [
    ...(diskBytes < room.disk.ampleBytes ? [`${disk}; when it is full, metrics are no longer stored.`] : []),
    ...(memoryBytes < room.memory.ampleBytes ? [`${memory}; the stack uses up to 1 GiB.`] : []),
  ];
}
