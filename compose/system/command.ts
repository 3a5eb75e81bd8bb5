// Only zx's core: loading the rest takes longer than most commands run.
import { $ } from 'zx/core';

/** How a command ended. */
export interface CommandResult {
  /** Its exit status; 127 when there is no such command, -1 when it was killed. */
  readonly exitCode: number;
  readonly stdout: string;
  /** Standard output and error together. */
  readonly output: string;
}

/** Options of `runCommand`. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMillis?: number;
  /** Stops the command and the processes that it started. With a signal it runs in its own process group. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the output as it arrives. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Runs in `/bin/sh` without standard input: that works on machines without bash, and no `~/.bashrc` changes `PATH` (bash
 * reads it when its input is a socket, as Node's pipes are).
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
 * Runs a command until it exits and prints nothing. A command that does not exist has exit code 127.
 *
 * @throws the reason of `signal`, once the command has exited.
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

// The whole group: zx itself would find the children with `ps`, which some machines lack.
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has just exited.
  }
}

/** The last line of a command's output, without the shell's name before it. */
export function lastWords({ output }: CommandResult): string {
  const lastLine = output.trim().split('\n').at(-1)?.trim() ?? '';
  return lastLine.replace(/^\/bin\/sh: (line )?(\d+: )?/, '');
}

/** Prints output that arrives in pieces line by line. */
export function lineByLine(print: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) print(line);
  };
}
