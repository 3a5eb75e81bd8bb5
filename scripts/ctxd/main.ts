import { CommanderError } from 'commander';
import { reasonOf } from '../stack/stack-error.ts';
import { ctxdProgram } from './program.ts';
import { exitCodes, UsageError } from './usage-error.ts';

/** Runs a `ctxd` command line and gives its exit status. A failure is a sentence on standard error, not a stack trace. */
export async function main(args: readonly string[]): Promise<number> {
  // A reader that has seen enough, such as `head`, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
  let exitCode: number = exitCodes.ok;
  const program = ctxdProgram((code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    console.error(error instanceof Error ? error.message : reasonOf(error));
    if (process.env['CTXD_DEBUG']) console.error(error);
    return error instanceof UsageError || error instanceof RangeError ? exitCodes.usage : exitCodes.failure;
  }
}
