import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Part, type PartName, parts as allParts } from '../../parts.ts';
import { programOf } from '../../programs/programs.ts';
import {
  endProcess,
  isAlive,
  type ProcessIdentity,
  startDetached,
  startTimeOf,
} from '../../system/process.ts';
import type { Stack } from '../runtime.ts';
import { logFileOf, readJson, writeOwn } from '../state.ts';
import { surroundingsOf } from '../surroundings.ts';

/** Set in the environment of each part's process, so that one without a pid file can be found. */
const markVariable = 'CTXD_PART_OF';

/** The pid file of a part, or of `supervisor`. */
export const pidFileOf = (stateDir: string, name: string) => join(stateDir, 'run', `${name}.json`);

/** The process that was started last for a part; undefined when it was stopped. */
export async function identityOf(stateDir: string, name: string): Promise<ProcessIdentity | undefined> {
  return await readJson<ProcessIdentity>(pidFileOf(stateDir, name));
}

/** Starts a part as a detached process and writes its pid file. Keeps the last log as `.previous`. */
export async function startPart(part: Part, binary: string, stack: Stack): Promise<void> {
  const at = surroundingsOf(part, stack);
  const logFile = logFileOf(stack.stateDir, part.name);
  await rename(logFile, `${logFile}.previous`).catch(() => undefined);
  const identity = await startDetached({
    command: binary,
    args: [...(programOf(part.name)?.launch(binary) ?? []), ...part.args(at)],
    env: { ...stack.env, ...part.env(at), [markVariable]: markOf(stack.stateDir, part.name) },
    logFile,
  });
  await writeOwn(pidFileOf(stack.stateDir, part.name), JSON.stringify(identity));
}

/** Stops one part, or the supervisor, if it runs, and waits until it is gone. */
export async function stopPart(
  name: PartName | 'supervisor',
  stateDir: string,
  signal?: NodeJS.Signals,
): Promise<void> {
  const identity = await identityOf(stateDir, name);
  if (identity !== undefined) await endProcess(identity, signal);
  await rm(pidFileOf(stateDir, name), { force: true });
}

/** The parts that run. */
export async function runningParts(stateDir: string): Promise<Set<PartName>> {
  const running = new Set<PartName>();
  for (const { name } of allParts) if (await isRunning(stateDir, name)) running.add(name);
  return running;
}

/** Whether a part runs, or the supervisor. */
export async function isRunning(stateDir: string, name: PartName | 'supervisor'): Promise<boolean> {
  const identity = await identityOf(stateDir, name);
  return identity !== undefined && (await isAlive(identity));
}

/** When a part was started: the time of its pid file. */
export async function startedAtMillis(stateDir: string, name: PartName): Promise<number | undefined> {
  return (await stat(pidFileOf(stateDir, name)).catch(() => undefined))?.mtimeMs;
}

/**
 * Takes over parts that run without a pid file, because the command that started them was killed. Linux only; elsewhere the
 * next start reports that they use its ports.
 */
export async function adoptLeftovers(stateDir: string): Promise<void> {
  const running = await runningParts(stateDir);
  const marks = new Map(
    allParts
      .filter(({ name }) => !running.has(name))
      .map(({ name }) => [`${markVariable}=${markOf(stateDir, name)}`, name]),
  );
  for (const pid of await pidsOnLinux()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const name = environment
      .split('\0')
      .map((variable) => marks.get(variable))
      .find((found) => found !== undefined);
    const startTime = name && (await startTimeOf(pid));
    if (startTime) await writeOwn(pidFileOf(stateDir, name), JSON.stringify({ pid, startTime }));
  }
}

async function pidsOnLinux(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.map(Number).filter((pid) => pid > 0);
}

const markOf = (stateDir: string, name: PartName) => `${stateDir}#${name}`;
