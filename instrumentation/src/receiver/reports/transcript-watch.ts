import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Adapted } from './observation.ts';
import { RepeatedTask } from './repeated-task.ts';
import { TranscriptFollower } from './transcript-follower.ts';
import { readTranscriptLine } from './transcript.ts';

/** Options for following the transcripts below a folder. */
export interface TranscriptWatchOptions {
  /** Claude Code's `projects` folder, which has one folder for each project. */
  readonly folder: string;
  /** Milliseconds between two reads. */
  readonly intervalMillis: number;
  /** Files that have not changed for this long, in milliseconds, are not read. */
  readonly idleTimeoutMillis: number;
  readonly accept: (adapted: Adapted) => void;
  /** Whether a process has a session open: its file is read however old it is. Default: none has. */
  readonly isRunning?: (sessionId: string) => boolean;
}

/** Follows the transcripts of live sessions: lists the folder at intervals and reads what was appended to each file. */
export class TranscriptWatch implements AsyncDisposable {
  readonly #options: TranscriptWatchOptions;
  readonly #follower = new TranscriptFollower();
  /** Time and size of each file at the last read. */
  readonly #seen = new Map<string, string>();
  readonly #task: RepeatedTask;

  constructor(options: TranscriptWatchOptions) {
    this.#options = options;
    this.#task = new RepeatedTask(() => this.#look(), options.intervalMillis);
  }

  /** Stops, after the current read is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#task[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const { folder } = this.#options;
    for (const project of await namesIn(folder)) {
      for (const name of await namesIn(join(folder, project))) {
        if (this.#task.isStopped) return;
        // A file can disappear between listing and reading it.
        if (name.endsWith('.jsonl')) await this.#readIfChanged(join(folder, project, name)).catch(() => {});
      }
    }
  }

  async #readIfChanged(path: string): Promise<void> {
    const stats = await stat(path);
    const { mtimeMs, size } = stats;
    const state = `${mtimeMs} ${size}`;
    const { idleTimeoutMillis, isRunning } = this.#options;
    const isIdle = stats.isFile() && Date.now() - mtimeMs > idleTimeoutMillis;
    if ((isIdle && !isRunning?.(basename(path, '.jsonl'))) || this.#seen.get(path) === state) return;
    this.#seen.set(path, state);
    this.#options.accept(stats.isFile() ? await this.#read(path) : notAFile);
  }

  /** Reads everything that was appended in one piece, because a figure from the middle of a file is never current. */
  async #read(path: string): Promise<Adapted> {
    const read: Adapted[] = [];
    for (let isAll = false; !isAll && !this.#task.isStopped;) {
      const appended = await this.#follower.readAppended(path);
      for (const line of appended.lines) read.push(readTranscriptLine(line, basename(path, '.jsonl')));
      for (let count = 0; count < appended.tooLong; count += 1) read.push(tooLongLine);
      ({ isAll } = appended);
    }
    return {
      observations: read.flatMap(({ observations }) => observations),
      ignored: read.flatMap(({ ignored }) => ignored),
    };
  }
}

const notAFile: Adapted = { observations: [], ignored: [{ source: 'transcript', reason: 'unreadable' }] };
const tooLongLine: Adapted = { observations: [], ignored: [{ source: 'transcript', reason: 'too_long' }] };

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}
