import { join } from 'node:path';
import type { PartName } from '../../parts.ts';
import { readJson, writeOwn } from '../state.ts';

/** Delays before a part is restarted, after its first crash, its second, … After one more crash it is disabled. */
const backoffMillis = [0, 1_000, 2_000, 4_000];

/** Older crashes no longer count. */
const memoryMillis = 5 * 60_000;

/** When a part crashed, and how often it was restarted, since it was last started by hand. */
interface Crashes {
  readonly atMillis: readonly number[];
  readonly restarts: number;
  readonly disabled: boolean;
}

type CrashRecord = Partial<Record<PartName, Crashes>>;

const noCrashes: Crashes = { atMillis: [], restarts: 0, disabled: false };

/** The record after one more crash: when the part is to be restarted, or that it is disabled. */
export function afterCrash(before: Crashes, nowMillis: number): Crashes & { readonly startAtMillis: number } {
  const recent = before.atMillis.filter((atMillis) => atMillis > nowMillis - memoryMillis);
  const waitMillis = backoffMillis[recent.length];
  return {
    atMillis: [...recent, nowMillis],
    restarts: before.restarts + (waitMillis === undefined ? 0 : 1),
    disabled: waitMillis === undefined,
    startAtMillis: nowMillis + (waitMillis ?? 0),
  };
}

/** The crashes of a part so far. */
export async function crashesOf(stateDir: string, name: PartName): Promise<Crashes> {
  return (await readCrashes(stateDir))[name] ?? noCrashes;
}

/** Records the crashes of a part. */
export async function writeCrashes(stateDir: string, name: PartName, crashes: Crashes): Promise<void> {
  const record = { ...(await readCrashes(stateDir)), [name]: crashes };
  await writeOwn(recordFile(stateDir), JSON.stringify(record));
}

/** Clears the crashes of a part that is started by hand. */
export async function forgetCrashes(stateDir: string, name: PartName): Promise<void> {
  if ((await readCrashes(stateDir))[name]) await writeCrashes(stateDir, name, noCrashes);
}

/** The crashes of all parts. */
export async function readCrashes(stateDir: string): Promise<CrashRecord> {
  return (await readJson<CrashRecord>(recordFile(stateDir))) ?? {};
}

const recordFile = (stateDir: string) => join(stateDir, 'run', 'crashes.json');
