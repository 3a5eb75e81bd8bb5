import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { takeLock } from '../../system/lock.ts';
import { startDetached } from '../../system/process.ts';
import type { Stack } from '../runtime.ts';
import { logFileOf, pidFileOf, readRecord, writeOwn } from '../state.ts';
import { startedParts, stopPart } from './part-process.ts';
import { isWatched } from './sign-of-life.ts';

/** Starts the supervisor in place of a running one, which may hang or be an older version. */
export async function startSupervisor({ stateDir, env }: Pick<Stack, 'stateDir' | 'env'>): Promise<void> {
  await stopPart('supervisor', stateDir);
  const logFile = logFileOf(stateDir, 'supervisor');
  await mkdir(dirname(logFile), { recursive: true, mode: 0o700 });
  const identity = await startDetached({
    command: process.execPath,
    args: ['--max-semi-space-size=1', join(import.meta.dirname, 'watcher.cjs'), stateDir],
    env,
    logFile,
  });
  await writeOwn(pidFileOf(stateDir, 'supervisor'), JSON.stringify(identity));
}

/**
 * Starts the supervisor of a stack again if it does not run and a part was started. Leaves a stack alone that another command
 * is working on.
 *
 * @returns whether it was started.
 */
export async function reviveSupervisor({ stateDir, env }: Pick<Stack, 'stateDir' | 'env'>): Promise<boolean> {
  await using lock = await takeLock({ folder: stateDir, command: 'supervisor', waitMillis: 0 }).catch(
    () => undefined,
  );
  if (lock === undefined || (await isWatched(stateDir))) return false;
  const record = await readRecord(stateDir);
  if (record?.runtime !== 'docker' && (await startedParts(stateDir)).size === 0) return false;
  await startSupervisor({ stateDir, env: { ...env, ...record?.variables } });
  return true;
}
