import { type PartName, partNamed } from '../../parts.ts';
import { afterCrash, crashesOf, writeCrashes } from './crash-record.ts';
import { takeLock } from '../../system/lock.ts';
import { binaryOf } from './native.ts';
import { rotateLog } from './logs.ts';
import { identityOf, startPart } from './part-process.ts';
import { isAlive } from '../../system/process.ts';
import type { Stack } from '../runtime.ts';
import { messageOf } from '../../system/stack-error.ts';
import { logFileOf, readRecord } from '../state.ts';

/** Parts that crashed, and when to restart them. */
const waiting = new Map<PartName, number>();

/**
 * Checks all parts of a native stack once: restarts those that crashed and are due, and rotates logs.
 *
 * @returns whether there is a native stack.
 */
export async function supervise(given: Pick<Stack, 'stateDir' | 'env' | 'print'>): Promise<boolean> {
  const record = await readRecord(given.stateDir);
  if (record?.runtime !== 'native') return false;
  const stack = {
    ...given,
    warn: given.print,
    ports: record.ports,
    env: { ...given.env, ...record.variables },
  };
  for (const name of record.parts) {
    await rotateLog(logFileOf(stack.stateDir, name));
    await restartIfCrashed(name, stack).catch((error: unknown) =>
      given.print(`${name}: ${messageOf(error)}`),
    );
  }
  return true;
}

async function restartIfCrashed(name: PartName, stack: Stack): Promise<void> {
  if (!(await hasCrashed(name, stack)) || (waiting.get(name) ?? 0) > Date.now()) return;
  await using lock = await takeLock({ folder: stack.stateDir, command: 'supervisor', waitMillis: 0 }).catch(
    () => undefined,
  );
  // The holder of the lock may have stopped it on purpose.
  if (lock === undefined || !(await hasCrashed(name, stack))) return;
  const due = waiting.get(name);
  waiting.delete(name);
  if (due === undefined) return await noteCrash(name, stack);
  stack.print(`Restarting ${name}`);
  await startPart(partNamed(name), await binaryOf(partNamed(name), stack), stack);
}

async function hasCrashed(name: PartName, { stateDir }: Stack): Promise<boolean> {
  const identity = await identityOf(stateDir, name);
  if (identity === undefined || (await isAlive(identity))) return false;
  return !(await crashesOf(stateDir, name)).disabled;
}

async function noteCrash(name: PartName, { stateDir, print }: Stack): Promise<void> {
  const { startAtMillis, ...crashes } = afterCrash(await crashesOf(stateDir, name), Date.now());
  await writeCrashes(stateDir, name, crashes);
  if (crashes.disabled) return print(`${name} crashed ${crashes.atMillis.length} times and is disabled`);
  print(`${name} crashed`);
  waiting.set(name, startAtMillis);
}
