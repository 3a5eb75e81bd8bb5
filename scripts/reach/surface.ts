import { once } from 'node:events';
import { resolve } from 'node:path';

/** A terminal that progress is drawn on. */
export interface Terminal {
  readonly write: (text: string) => void;
  readonly columns: number;
}

/** The process as a command sees it: its environment, its output and its user. */
export interface Surface {
  readonly env: NodeJS.ProcessEnv;
  /** The folder where the command was typed. */
  readonly folder: string;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Prints a line to standard output. */
  readonly print: (line: string) => void;
  /** Prints a line to standard error. */
  readonly printError: (line: string) => void;
  /** Asks a question. Resolves to nothing when the input ends or the user presses Ctrl-C. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Aborts when the command should stop, as after Ctrl-C. Default: it never does. */
  readonly signal?: AbortSignal | undefined;
  /** Where progress is drawn in place. Default: progress is printed line by line. */
  readonly terminal?: Terminal | undefined;
  /** Asks a yes-or-no question. Absent when nobody can answer. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

/**
 * The surface of this process.
 *
 * @param signals - the signals that abort `signal`; others end the process as usual.
 */
export function processSurface(signals: readonly NodeJS.Signals[]): Surface {
  const { stdout, stderr, stdin, env } = process;
  const interrupt = new AbortController();
  // npm forwards a signal that the terminal has already sent to everyone, so a second one must do nothing.
  for (const signal of signals) process.on(signal, () => interrupt.abort(new Error(signal)));
  return {
    env,
    folder: folderOf(env, process.cwd()),
    stdout,
    stderr,
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    ask,
    signal: interrupt.signal,
    terminal: stdout.isTTY
      ? { write: (text) => void stdout.write(text), columns: stdout.columns || 80 }
      : undefined,
    confirm: stdin.isTTY && stdout.isTTY ? async (question) => await confirm(question, interrupt) : undefined,
  };
}

/**
 * The folder where the command was typed. npm runs scripts in the repository and passes the user's folder in `INIT_CWD`;
 * programs that npm started inherit that variable, so it means nothing in other folders.
 */
export function folderOf(env: NodeJS.ProcessEnv, workingFolder: string): string {
  const isRunByNpm = workingFolder === resolve(import.meta.dirname, '../..');
  return (isRunByNpm ? env['INIT_CWD'] : undefined) || workingFolder;
}

async function ask(question: string): Promise<string | undefined> {
  using lines = await readLines();
  const ended = once(lines, 'close').then(() => console.log());
  // Ctrl-C rejects the question, which counts as no answer.
  const answer = lines.question(question).catch(() => undefined);
  return (await Promise.race([answer, ended])) ?? undefined;
}

async function confirm(question: string, interrupt: AbortController): Promise<boolean> {
  using lines = await readLines();
  lines.on('SIGINT', () => interrupt.abort(new Error('SIGINT')));
  const answer = await lines.question(`${question} [y/N] `, { signal: interrupt.signal });
  return /^y(es)?$/i.test(answer.trim());
}

/** Loaded only for a question, since few commands have one. */
async function readLines() {
  const { createInterface } = await import('node:readline/promises');
  return createInterface({ input: process.stdin, output: process.stdout });
}
