import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { tasks } from './tasks.ts';

/** The name of a task that runs in its own process. */
export type TaskName = keyof typeof tasks;
type Options<Name extends TaskName> = Parameters<(typeof tasks)[Name]>[0];
type Answer<Name extends TaskName> = Awaited<ReturnType<(typeof tasks)[Name]>>;

/** A process that runs one task until it is disposed of. */
export interface Child<Name extends TaskName> extends AsyncDisposable {
  /** The result of the task. */
  readonly answer: Answer<Name>;
  /** CPU time of the whole process so far, in microseconds. */
  cpuMicros(): Promise<number>;
}

/**
 * Starts a new process for a task and waits for the result. The process runs until it is disposed of.
 *
 * @throws Error if the process exits before it sends the result
 */
export async function startChild<Name extends TaskName>(
  task: Name,
  options: Options<Name>,
): Promise<Child<Name>> {
  const process = fork(new URL('tasks.ts', import.meta.url), [task, JSON.stringify(options ?? null)], {
    execArgv: [
      '--expose-gc',
      '--conditions=@koa-context-window/source',
      '--disable-warning=ExperimentalWarning',
    ],
  });
  const answer: Answer<Name> = await message(process);
  return {
    answer,
    cpuMicros: () => {
      process.send('cpu');
      return message(process);
    },
    [Symbol.asyncDispose]: async () => {
      process.kill('SIGKILL');
      if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
    },
  };
}

/** Runs a task in a new process and returns the result. Throws as {@link startChild} does. */
export async function runInChild<Name extends TaskName>(
  task: Name,
  options: Options<Name>,
): Promise<Answer<Name>> {
  await using child = await startChild(task, options);
  return child.answer;
}

/** The next message. The caller knows its type. */
async function message<T>(child: ChildProcess): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onExit = (code: number | null) => reject(new Error(`A measured process exited with status ${code}`));
  child.once('exit', onExit);
  child.once('message', resolve);
  try {
    return await promise;
  } finally {
    child.off('exit', onExit);
    child.off('message', resolve);
  }
}
