import { join } from 'node:path';
import type { PartName } from '../../parts.ts';
import { readJson, writeOwn } from '../state.ts';

/** Delays before a part is restarted, after its first crash, its second, … After one more crash it is disabled. */
const backoffMillis = [0, 1_000, 2_000, 4_000];

/** Delays before a disabled part is tried again. The last one repeats. */
const retryMillis = [1, 2, 4, 8, 15].map((minutes) => minutes * 60_000);

/** Older crashes no longer count. */
const memoryMillis = 5 * 60_000;

/** When a part crashed, and how often it was restarted, since it was last started by hand. */
interface Crashes {
  readonly atMillis: readonly number[];
  readonly restarts: number;
  readonly disabled: boolean;
  /** When to restart it, or when it was restarted. Default: at once. */
  readonly startAtMillis?: number;
  /** How often it was tried again since it was disabled. Default: 0. */
  readonly retries?: number;
  /** The process that crashed last. */
  readonly pid?: number;
}

type CrashRecord = Partial<Record<PartName, Crashes>>;

const noCrashes: Crashes = { atMillis: [], restarts: 0, disabled: false };

/** The record after one more crash: when the part is to be restarted, and whether it is disabled until then. */
export function afterCrash(before: Crashes, nowMillis: number): Crashes & { readonly startAtMillis: number } {
  if (before.disabled && ranBriefly(before, nowMillis))
    return disabled(before, nowMillis, (before.retries ?? 0) + 1);
  const recent = before.atMillis.filter(
    (atMillis) => atMillis > nowMillis - memoryMillis && atMillis <= nowMillis,
  );
  const waitMillis = backoffMillis[recent.length];
  if (waitMillis === undefined) return disabled({ ...before, atMillis: recent }, nowMillis, 0);
  return {
    atMillis: [...recent, nowMillis],
    restarts: before.restarts + 1,
    disabled: false,
    startAtMillis: nowMillis + waitMillis,
  };
}

const ranBriefly = ({ startAtMillis = 0 }: Crashes, nowMillis: number) =>
  nowMillis < startAtMillis + memoryMillis;

function disabled({ atMillis, restarts }: Crashes, nowMillis: number, retries: number) {
  const waitMillis = retryMillis[Math.min(retries, retryMillis.length - 1)] ?? 0;
  return {
    atMillis: [...atMillis, nowMillis],
    restarts: restarts + (retries > 0 ? 1 : 0),
    disabled: true,
    startAtMillis: nowMillis + waitMillis,
    retries,
  };
}

/** Whether a part that crashed is to be restarted now. A time far ahead is from before the clock was set back. */
export function isDue({ startAtMillis = 0 }: Crashes, nowMillis: number): boolean {
  const waitMillis = startAtMillis - nowMillis;
  return waitMillis <= 0 || waitMillis > Math.max(...retryMillis);
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
