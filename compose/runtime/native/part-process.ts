import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { type Part, type PartName, partNamed, parts as allParts } from '../../parts.ts';
import type { Ports } from '../../ports.ts';
import { programOf } from '../../programs/programs.ts';
import {
  endProcess,
  isAlive,
  type ProcessIdentity,
  startDetached,
  startTimeOf,
} from '../../system/process.ts';
import type { Stack } from '../runtime.ts';
import { logFileOf, pidFileOf, readJson, writeOwn } from '../state.ts';
import { surroundingsOf } from '../surroundings.ts';

/** Set in the environment of each part's process, so that one without a pid file can be found. */
const markVariable = 'CTXD_PART_OF';

/** What the pid file of a part holds. watcher.cjs probes the part at its ports and path. */
interface PidFile extends ProcessIdentity {
  readonly ports?: Ports[PartName];
  readonly healthPath?: string;
}

/** The process that was started last for a part; undefined when it was stopped, or when its pid file is damaged. */
export async function identityOf(stateDir: string, name: string): Promise<ProcessIdentity | undefined> {
  const { pid, startTime } = (await readJson<Partial<PidFile>>(pidFileOf(stateDir, name))) ?? {};
  return pid === undefined || startTime === undefined ? undefined : { pid, startTime };
}

/** The parts that were started and not stopped, with their ports as far as they are known, whether they run or not. */
export async function startedParts(stateDir: string): Promise<Map<PartName, Ports[PartName] | undefined>> {
  const started = new Map<PartName, Ports[PartName] | undefined>();
  for (const { name } of allParts) {
    if (!(await hasPidFile(stateDir, name))) continue;
    started.set(name, (await readJson<PidFile>(pidFileOf(stateDir, name)))?.ports);
  }
  return started;
}

/** Whether a part was started and not stopped. */
export async function hasPidFile(stateDir: string, name: PartName): Promise<boolean> {
  return (await startedAtMillis(stateDir, name)) !== undefined;
}

async function writePidFile(
  { name, healthPath }: Part,
  identity: ProcessIdentity,
  { stateDir, ports }: Pick<Stack, 'stateDir' | 'ports'>,
): Promise<void> {
  const file: PidFile = { ...identity, ports: ports[name], healthPath };
  await writeOwn(pidFileOf(stateDir, name), JSON.stringify(file));
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
  await writePidFile(part, identity, stack);
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

/** The time of a pid file: when the part was started, or when the supervisor last gave a sign of life. */
export async function startedAtMillis(
  stateDir: string,
  name: PartName | 'supervisor',
): Promise<number | undefined> {
  return (await stat(pidFileOf(stateDir, name)).catch(() => undefined))?.mtimeMs;
}

/**
 * Takes over parts that run without a pid file, because the command that started them was killed. Linux only; elsewhere the
 * next start reports that they use its ports.
 */
export async function adoptLeftovers(stack: Pick<Stack, 'stateDir' | 'ports'>): Promise<void> {
  const { stateDir } = stack;
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
    if (startTime) await writePidFile(partNamed(name), { pid, startTime }, stack);
  }
}

async function pidsOnLinux(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.map(Number).filter((pid) => pid > 0);
}

const markOf = (stateDir: string, name: PartName) => `${stateDir}#${name}`;
