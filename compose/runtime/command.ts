// Not all of zx: to load what it bundles takes longer than most commands run.
import { $ } from 'zx/core';

/** How a command ended. */
export interface CommandResult {
  /** Its exit status; 127 when there is no such command, -1 when it was killed. */
  readonly exitCode: number;
  readonly stdout: string;
  /** Standard error and output, for its last words. */
  readonly output: string;
}

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMillis?: number;
  /** Ends the command and all that it started; it then runs in a process group of its own. */
  readonly signal?: AbortSignal | undefined;
  /** Takes its output as it comes, instead of keeping it. */
  readonly onOutput?: (text: string) => void;
}

/**
 * By `/bin/sh` and without standard input: neither does a machine without bash matter, nor what a `~/.bashrc` makes of
 * `PATH` (bash reads it when its input is a socket, as Node's pipes are).
 */
const quietly = $({
  shell: '/bin/sh',
  prefix: '',
  quote: (argument) => `'${argument.replaceAll("'", `'\\''`)}'`,
  stdio: ['ignore', 'pipe', 'pipe'],
  nothrow: true,
  quiet: true,
});

/**
 * Runs a command to its end, quietly. A command that is not there ends with status 127.
 *
 * @throws the reason of an interrupt, once the command is told to end.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd = process.cwd(), env = process.env, timeoutMillis, signal, onOutput }: CommandOptions = {},
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const timeout = timeoutMillis === undefined ? {} : { timeout: timeoutMillis };
  const running = quietly({ cwd, env, detached: signal !== undefined, ...timeout })`${command} ${args}`;
  const end = () => endGroup(running.pid);
  signal?.addEventListener('abort', end);
  if (onOutput)
    for (const stream of [running.stdout, running.stderr])
      stream.on('data', (text) => onOutput(String(text)));
  const { exitCode, stdout, stderr } = await running;
  signal?.removeEventListener('abort', end);
  signal?.throwIfAborted();
  return { exitCode: exitCode ?? -1, stdout, output: `${stdout}${stderr}` };
}

// By its group: zx itself looks for the children with `ps`, which is not everywhere.
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has just ended.
  }
}

/** The last line of a command's output that says something, without the shell's own name before it. */
export function lastWords({ output }: CommandResult): string {
  const lastLine = output.trim().split('\n').at(-1)?.trim() ?? '';
  return lastLine.replace(/^\/bin\/sh: (line )?(\d+: )?/, '');
}

/** Makes whole lines of output that comes in pieces. */
export function lineByLine(print: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) print(line);
  };
}
