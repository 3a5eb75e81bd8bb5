import { readFile, readlink } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { promisify } from 'node:util';
import type { Adapted, SessionObservation } from './observation.ts';
import { PayloadReader } from './payload-reader.ts';

/** A Claude Code process, as described by its file in `~/.claude/sessions`. */
export interface SessionProcess {
  readonly pid: number;
  /** When the process started, in the system's own format: clock ticks since boot on Linux, a date on macOS. */
  readonly startTime: string | undefined;
  /** Where its pid is valid: the machine and, on Linux, the pid namespace. */
  readonly pidDomain: string | undefined;
  /** How it was started, such as `cli`, `sdk-cli` or `sdk-ts`. */
  readonly entrypoint: string | undefined;
  /** The path of the folder that it was started in. */
  readonly folder: string | undefined;
  /** When it started, in wall-clock milliseconds. */
  readonly startedAtMillis: number | undefined;
  /** What the file reports about the session. */
  readonly observation: SessionObservation;
}

/**
 * Whether a process is running. `hidden`: it belongs to another machine or container, so its pid is not valid here and only
 * its file shows whether it is alive.
 */
export type ProcessState = 'running' | 'gone' | 'hidden';

/** Reads a session file. Its format is internal to Claude Code, so unknown content is skipped and counted. */
export function readSessionFile(text: string): { process: SessionProcess | undefined } & Adapted {
  const reader = new PayloadReader('process');
  const process = processIn(text, reader);
  return { process, ...reader.adapted(process && [process.observation]) };
}

function processIn(text: string, reader: PayloadReader): SessionProcess | undefined {
  const fields = reader.payload(jsonIn(text));
  const sessionId = fields && reader.sessionId(fields['sessionId']);
  const pid = fields && reader.count(fields['pid']);
  if (fields === undefined || sessionId === undefined || !pid) return undefined;
  const name = reader.text(fields['name']);
  return {
    pid,
    startTime: reader.text(fields['procStart']),
    pidDomain: reader.text(fields['pidDomain']),
    entrypoint: reader.text(fields['entrypoint']),
    folder: absolutePath(fields['cwd']),
    startedAtMillis: reader.count(fields['startedAt']),
    observation: {
      sessionId,
      source: 'process',
      running: true,
      project: reader.folderName(fields['cwd']),
      // A derived name is the folder's name with two digits, which adds nothing to the project.
      sessionName:
        name === undefined || fields['nameSource'] === 'derived'
          ? undefined
          : { text: name, generated: fields['nameSource'] !== 'user' },
    },
  };
}

function absolutePath(value: unknown): string | undefined {
  return typeof value === 'string' && isAbsolute(value) && value.length <= 4_096 ? value : undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a process is running. Its start time shows whether another process has its pid by now. */
export async function stateOfProcess(one: SessionProcess): Promise<ProcessState> {
  if (!(await isOfThisSystem(one))) return 'hidden';
  try {
    const startTime = await startTimeOf(one.pid);
    if (startTime === undefined) return 'gone';
    return one.startTime === undefined || startTime === '' || startTime === one.startTime
      ? 'running'
      : 'gone';
  } catch {
    return 'hidden';
  }
}

/**
 * On Linux, a domain ends with the pid namespace, which differs per container: `linux:<machine>:pid:[4026531836]`. The start
 * time of a macOS process, which a container on a Mac reads, is a date.
 */
async function isOfThisSystem({ pidDomain, startTime }: SessionProcess): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  if (startTime?.includes(':')) return false;
  if (pidDomain === undefined) return true;
  return pidDomain.endsWith(await readlink('/proc/self/ns/pid').catch(() => ''));
}

/**
 * When a process started, in the format of Claude Code's session files; empty if only its existence is known. Rejects if this
 * process may not see it.
 */
async function startTimeOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return await linuxStartTime(pid);
  if (!exists(pid)) return undefined;
  return process.platform === 'win32' ? '' : await psStartTime(pid);
}

async function linuxStartTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES' || error.code === 'EPERM') throw error;
  });
  // The second field is the program's name in parentheses and may contain any character; see proc_pid_stat(5).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function psStartTime(pid: number): Promise<string | undefined> {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const answer = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], { env }).catch(
    () => undefined,
  );
  return answer?.stdout.trim() || undefined;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
