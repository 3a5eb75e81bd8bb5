import type { Stack } from '../runtime.ts';
import { readRecord } from '../state.ts';
import { isWatched } from './sign-of-life.ts';

/**
 * Starts the supervisor of a stack again if it has died or hangs. Loads next to nothing if all is well.
 *
 * @returns whether it was started.
 */
export async function ensureWatched(stack: Pick<Stack, 'stateDir' | 'env'>): Promise<boolean> {
  const { stateDir } = stack;
  if ((await readRecord(stateDir)) === undefined || (await isWatched(stateDir))) return false;
  return await (await import('./supervision.ts')).reviveSupervisor(stack);
}
