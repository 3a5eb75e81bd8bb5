import { execFile } from 'node:child_process';

/** How a command ended. */
export interface CommandResult {
  /** Its exit status; -1 when it could not be started or was killed. */
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

/** Runs a command to its end. Never throws: a command that is not there ends with status -1. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env = process.env, timeoutMillis = 0 }: CommandOptions = {},
): Promise<CommandResult> {
  const options = { cwd, env, timeout: timeoutMillis, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      const output = `${stdout}${stderr}` || (error?.message ?? '');
      resolve({ exitCode, stdout, output });
    });
  });
}

/** The last line of a command's output that says something. */
export function lastWords({ output }: CommandResult): string {
  return output.trim().split('\n').at(-1)?.trim() ?? '';
}
