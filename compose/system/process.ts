import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from './command.ts';

/** Identifies a process: the system reuses a pid, but not a pid with its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Its start time in the system's own notation; only for comparison. */
  readonly startTime: string;
}

interface DetachedProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** Starts a process that outlives this one and its terminal. Throws when the program does not exist. */
export async function startDetached({
  command,
  args,
  env,
  logFile,
}: DetachedProcess): Promise<ProcessIdentity> {
  await using log = await open(logFile, 'a', 0o600);
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log.fd, log.fd] });
  await once(child, 'spawn');
  child.unref();
  const pid = child.pid ?? 0;
  return { pid, startTime: (await startTimeOf(pid)) ?? 'gone' };
}

/** Whether the process still runs. A zombie does not, and neither does a process that reuses its pid. */
export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  const runningSince = await startTimeOf(pid);
  return runningSince !== undefined && runningSince === startTime;
}

/**
 * Stops a process and waits until it is gone; kills it after `graceMillis` (default: 15 s). Leaves a process alone that
 * reuses its pid.
 */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals = 'SIGTERM',
  graceMillis = 15_000,
) {
  if (!(await isAlive(identity))) return;
  // A suspended process handles no signal.
  process.kill(identity.pid, 'SIGCONT');
  process.kill(identity.pid, signal);
  const deadline = Date.now() + graceMillis;
  while (await isAlive(identity)) {
    if (Date.now() > deadline) process.kill(identity.pid, 'SIGKILL');
    await sleep(25);
  }
}

/** When the process with that pid started; undefined when there is none. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? await linuxStartTime(pid) : await psStartTime(pid);
}

async function linuxStartTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold anything; see proc_pid_stat(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, threads, ticksSinceBoot] = [fields[0], Number(fields[17]), fields[19]];
    // A zombie whose other threads have not exited yet still holds its files and their locks.
    if (state === 'X' || (state === 'Z' && threads <= 1)) return undefined;
    return `${(await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()}:${ticksSinceBoot}`;
  } catch {
    return undefined;
  }
}

async function psStartTime(pid: number): Promise<string | undefined> {
  const { stdout } = await runCommand('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [, state, startTime] = /^(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
  return state?.startsWith('Z') ? undefined : startTime;
}
