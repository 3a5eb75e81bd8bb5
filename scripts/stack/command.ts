import { $ } from 'zx';

/** How a command ended. */
export interface CommandResult {
  /** Its exit status; 127 when there is no such command, -1 when it was killed. */
  readonly exitCode: number;
  readonly stdout: string;
  /** Standard error and output, for its last words. */
  readonly output: string;
}

interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMillis?: number;
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

/** Runs a command to its end, quietly. Never throws: a command that is not there ends with status 127. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd = process.cwd(), env = process.env, timeoutMillis }: CommandOptions = {},
): Promise<CommandResult> {
  const timeout = timeoutMillis === undefined ? {} : { timeout: timeoutMillis };
  const { exitCode, stdout, stderr } = await quietly({ cwd, env, ...timeout })`${command} ${args}`;
  return { exitCode: exitCode ?? -1, stdout, output: `${stdout}${stderr}` };
}

/** The last line of a command's output that says something, without the shell's own name before it. */
export function lastWords({ output }: CommandResult): string {
  const lastLine = output.trim().split('\n').at(-1)?.trim() ?? '';
  return lastLine.replace(/^\/bin\/sh: (line )?(\d+: )?/, '');
}
