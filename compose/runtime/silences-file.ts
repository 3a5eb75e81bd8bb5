import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from './health.ts';
import { dataDirOf } from './state.ts';

/**
 * Waits until Alertmanager has written its silences to disk, which it does every 2 s; until then a crash loses new ones.
 *
 * @param sinceMillis wall-clock time in milliseconds of the newest silence
 * @returns whether it has, within 15 s
 */
export async function areSilencesWritten(
  stateDir: string,
  sinceMillis: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const file = join(dataDirOf(stateDir, 'alertmanager'), 'silences');
  const isWritten = async () => ((await stat(file).catch(() => undefined))?.mtimeMs ?? 0) > sinceMillis;
  return await waitUntil(isWritten, 15_000, signal);
}
