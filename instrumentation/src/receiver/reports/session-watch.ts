import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '../../regular-file.ts';
import { autoCompactArgument, commandLineOf } from './command-line.ts';
import type { Adapted, Launch, SessionObservation } from './observation.ts';
import { RepeatedTask } from './repeated-task.ts';
import { readSessionFile, stateOfProcess, type SessionProcess } from './session-file.ts';

/** Options of {@link SessionWatch}. */
export interface SessionWatchOptions {
  /** Claude Code's `sessions` folder, which has one file for each process. */
  readonly folder: string;
  /** Milliseconds between checks. */
  readonly intervalMillis: number;
  /**
   * How long a session file counts as alive if its process is not visible from here, in milliseconds since the file was
   * written. A killed process leaves its file behind.
   */
  readonly idleTimeoutMillis: number;
  readonly accept: (adapted: Adapted) => void;
  /** Live sessions on this machine that no source has reported since a time in wall-clock milliseconds. */
  readonly localSessions: (silentSinceMillis: number) => readonly string[];
}

/** A session without a process ends after this long without reports, so that late reports still arrive. */
const silentMillis = 3_000;
interface SeenFile {
  readonly version: string;
  readonly writtenAtMillis: number;
  readonly process: SessionProcess | undefined;
  /** Whether this version could not be read yet. It may be half written. */
  readonly isDoubtful: boolean;
}

/**
 * Watches the Claude Code processes. Each check reports the sessions that have a running process, and the end of each session
 * whose last process is gone.
 */
export class SessionWatch implements AsyncDisposable {
  readonly #options: SessionWatchOptions;
  #files = new Map<string, SeenFile>();
  /** When each running session was last reported, and the version of its file. */
  #running = new Map<string, { readonly version: string; readonly atMillis: number }>();
  readonly #task: RepeatedTask;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
    this.#task = new RepeatedTask(() => this.#look(), options.intervalMillis);
  }

  /** Whether a process has this session open. */
  isRunning(sessionId: string): boolean {
    return this.#running.has(sessionId);
  }

  /** Stops after the current check. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    // A missing folder does not mean that sessions ended.
    const names = await readdir(this.#options.folder).catch(() => undefined);
    if (names === undefined) return;
    const files = await this.#read(names.filter((name) => name.endsWith('.json')));
    const running = new Map<string, SeenFile>();
    for (const file of files) if (await this.#isRunning(file)) running.set(sessionOf(file), file);
    await this.#report(running);
  }

  async #read(names: readonly string[]): Promise<SeenFile[]> {
    const files = new Map<string, SeenFile>();
    for (const name of names) {
      // A file can vanish between listing and reading.
      const file = await this.#readIfChanged(name).catch(() => undefined);
      if (file !== undefined) files.set(name, file);
    }
    this.#files = files;
    return [...files.values()];
  }

  async #readIfChanged(name: string): Promise<SeenFile> {
    const path = join(this.#options.folder, name);
    const { mtimeMs, size, ino } = await stat(path);
    const version = `${mtimeMs} ${size} ${ino}`;
    const seen = this.#files.get(name);
    if (seen?.version === version && !seen.isDoubtful) return seen;
    const { process, ignored } = readSessionFile(await readRegularFile(path));
    const file = { version, writtenAtMillis: mtimeMs };
    // A half-written file is complete at the next check. Only a file that stays unreadable is counted.
    if (process === undefined && seen?.version !== version)
      return { ...file, process: seen?.process, isDoubtful: true };
    this.#options.accept({ observations: [], ignored });
    return { ...file, process, isDoubtful: false };
  }

  async #isRunning({ process, writtenAtMillis }: SeenFile): Promise<boolean> {
    if (process === undefined) return false;
    const state = await stateOfProcess(process);
    if (state !== 'hidden') return state === 'running';
    return Date.now() - writtenAtMillis < this.#options.idleTimeoutMillis;
  }

  async #report(running: ReadonlyMap<string, SeenFile>): Promise<void> {
    const nowMillis = Date.now();
    // Often enough that a session does not expire while its file stays the same.
    const keepMillis = this.#options.idleTimeoutMillis / 10;
    const silent = this.#options.localSessions(nowMillis - silentMillis);
    const gone = new Set([...this.#running.keys(), ...silent].filter((id) => !running.has(id)));
    const ends = Array.from(gone, (sessionId): SessionObservation => ({
      sessionId,
      source: 'process',
      ended: true,
    }));
    const before = this.#running;
    this.#running = new Map();
    const observations: SessionObservation[] = [];
    for (const [id, { version, process }] of running) {
      const last = before.get(id);
      const isNews = last?.version !== version || nowMillis - last.atMillis >= keepMillis;
      if (isNews) observations.push({ ...process!.observation, launch: await launchOf(process!) });
      this.#running.set(id, isNews ? { version, atMillis: nowMillis } : last);
    }
    if (observations.length + ends.length === 0) return;
    this.#options.accept({ observations: [...observations, ...ends], ignored: [] });
  }
}

async function launchOf(process: SessionProcess): Promise<Launch> {
  const isVisible = (await stateOfProcess(process)) === 'running';
  const commandLine = isVisible ? await commandLineOf(process.pid) : '';
  return { folder: process.folder, autoCompactWindow: autoCompactArgument(commandLine) };
}

const sessionOf = ({ process }: SeenFile) => process!.observation.sessionId;
