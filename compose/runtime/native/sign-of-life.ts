import { stat } from 'node:fs/promises';
import { pidFileOf, readJson } from '../state.ts';

/** The supervisor gives a sign of life twice a second, so after this long without one it hangs. */
const silentMillis = 15_000;

/** Whether the supervisor runs and has given a sign of life lately. */
export async function isWatched(stateDir: string): Promise<boolean> {
  const path = pidFileOf(stateDir, 'supervisor');
  const { pid } = (await readJson<{ readonly pid?: number }>(path)) ?? {};
  const lastSignMillis = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
  return pid !== undefined && exists(pid) && Math.abs(Date.now() - lastSignMillis) < silentMillis;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
