import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './programs.ts';
import { runCommand } from '../system/command.ts';
import { cacheDirFrom } from '../system/folders.ts';
import { takeLock } from '../system/lock.ts';
import { type Sources, thisTarget } from './sources.ts';

/** Where a program is in the cache, once it is there. */
export function cachedPath(program: Program, env: NodeJS.ProcessEnv): string {
  return join(folderOf(program, env), program.binary);
}

function folderOf({ name, version }: Program, env: NodeJS.ProcessEnv): string {
  const { os, arch } = thisTarget();
  return join(cacheDirFrom(env), `${name}-${version}-${os}-${arch}`);
}

/** Keeps other processes from filling the cache until it is disposed of. Waits while another process fills it. */
export async function lockCache({ env, print, signal }: Sources): Promise<AsyncDisposable> {
  return await takeLock({
    folder: cacheDirFrom(env),
    command: 'another download or build of the programs',
    waitMillis: Infinity,
    print,
    signal,
  });
}

/** Fills a draft folder and renames it once it is complete: the cache never holds half a program. */
export async function intoCache(
  program: Program,
  { env }: Sources,
  fill: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = await mkdtemp(join(cacheDirFrom(env), '.draft-'));
  try {
    await mkdir(join(draft, 'result'));
    await fill(draft);
    const folder = folderOf(program, env);
    await rm(folder, { recursive: true, force: true });
    await rename(join(draft, 'result'), folder);
  } finally {
    await runCommand('chmod', ['-R', 'u+w', draft]);
    await rm(draft, { recursive: true, force: true });
  }
}
