import { type PartName, partNamed } from '../../parts.ts';
import { afterCrash, crashesOf, isDue, writeCrashes } from './crash-record.ts';
import { restartContainer } from '../docker/restart.ts';
import { takeLock } from '../../system/lock.ts';
import { announceDisabled } from './announcement.ts';
import { binaryOf } from './native.ts';
import { rotateLog } from './logs.ts';
import { adoptLeftovers, hasPidFile, identityOf, startPart } from './part-process.ts';
import { rebuiltRecord } from './rebuilt-record.ts';
import { endProcess, isAlive } from '../../system/process.ts';
import type { Stack } from '../runtime.ts';
import { messageOf } from '../../system/stack-error.ts';
import { logFileOf, readOrMendRecord } from '../state.ts';

/** How long a part that hangs may take to stop, before it is killed. */
const hungGraceMillis = 5_000;

/**
 * Checks all parts of a stack once: restarts those that crashed and are due or that hang, announces those that are
 * disabled, and rotates logs. Docker restarts crashed containers itself. Rebuilds a damaged record first.
 *
 * @param hung - parts that run and do not answer. Default: none.
 * @returns whether there is a stack.
 */
export async function supervise(
  given: Pick<Stack, 'stateDir' | 'env' | 'print'>,
  hung: readonly PartName[] = [],
): Promise<boolean> {
  const record = await readOrMendRecord(given.stateDir, async () => await rebuiltRecord(given));
  if (record === undefined) return false;
  const stack = {
    ...given,
    warn: given.print,
    ports: record.ports,
    env: { ...given.env, ...record.variables },
  };
  if (record.runtime === 'docker') return await superviseContainers(hung, stack);
  await rotateLogs([...record.parts, 'supervisor'], stack);
  for (const name of record.parts) {
    await restartIfNeeded(name, hung.includes(name), stack).catch((error: unknown) =>
      given.print(`${name}: ${messageOf(error)}`),
    );
  }
  await announceDisabled(record.parts, stack);
  return true;
}

/** Restarts the containers of parts that do not answer: they hang, or Docker has given them up. */
async function superviseContainers(hung: readonly PartName[], stack: Stack): Promise<true> {
  await rotateLogs(['supervisor'], stack);
  for (const name of hung) {
    await restartHung(name, stack).catch((error: unknown) => stack.print(`${name}: ${messageOf(error)}`));
  }
  await announceDisabled(hung, stack);
  return true;
}

async function restartHung(name: PartName, stack: Stack): Promise<void> {
  const { stateDir, env, print } = stack;
  await using lock = await takeLock({ folder: stateDir, command: 'supervisor', waitMillis: 0 }).catch(
    () => undefined,
  );
  const before = await crashesOf(stateDir, name);
  if (lock === undefined || !isDue(before, Date.now())) return;
  await writeCrashes(stateDir, name, afterCrash(before, Date.now()));
  print(`${name} does not answer; restarting its container`);
  await restartContainer(name, env);
}

async function rotateLogs(names: readonly (PartName | 'supervisor')[], stack: Stack): Promise<void> {
  for (const name of names)
    await rotateLog(logFileOf(stack.stateDir, name)).catch((error: unknown) => stack.print(messageOf(error)));
}

async function restartIfNeeded(name: PartName, isHung: boolean, stack: Stack): Promise<void> {
  const { stateDir, print } = stack;
  if (!isHung && !(await isGone(name, stateDir))) return;
  await using lock = await takeLock({ folder: stateDir, command: 'supervisor', waitMillis: 0 }).catch(
    () => undefined,
  );
  if (lock === undefined) return;
  const identity = await identityOf(stateDir, name);
  if (isHung && identity !== undefined && (await isAlive(identity))) {
    print(`${name} does not answer`);
    await endProcess(identity, 'SIGTERM', hungGraceMillis);
  }
  if (identity === undefined) await adoptLeftovers(stack);
  // The holder of the lock may have stopped it on purpose.
  if (!(await isGone(name, stateDir))) return;
  await noteCrash(name, stack);
  if (!isDue(await crashesOf(stateDir, name), Date.now())) return;
  print(`Restarting ${name}`);
  await startPart(partNamed(name), await binaryOf(partNamed(name), stack), stack);
}

/** Whether the process of a part is gone although nobody stopped the part. */
async function isGone(name: PartName, stateDir: string): Promise<boolean> {
  const identity = await identityOf(stateDir, name);
  if (identity === undefined) return await hasPidFile(stateDir, name);
  return !(await isAlive(identity));
}

/** Records a crash, unless it is the one that the part already waits for. */
async function noteCrash(name: PartName, { stateDir, print }: Stack): Promise<void> {
  const pid = (await identityOf(stateDir, name))?.pid ?? 0;
  const before = await crashesOf(stateDir, name);
  if (before.pid === pid) return;
  const crashes = { ...afterCrash(before, Date.now()), pid };
  await writeCrashes(stateDir, name, crashes);
  if (!crashes.disabled) return print(`${name} crashed`);
  const retrySeconds = Math.round((crashes.startAtMillis - Date.now()) / 1_000);
  print(`${name} keeps crashing and is disabled; it is tried again in ${retrySeconds} s`);
}
