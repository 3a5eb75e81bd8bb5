import { CommanderError } from 'commander';
import { messageOf } from '../../compose/runtime/stack-error.ts';
import type { Surface } from './commands.ts';
import { ctxdProgram } from './program.ts';
import { exitCodes, UsageError } from './usage-error.ts';

/** Runs a `ctxd` command line and gives its exit status. A failure is a sentence on standard error, not a stack trace. */
export async function main(args: readonly string[], surface: Surface): Promise<number> {
  // A reader that has seen enough, such as `head`, is no failure.
  surface.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
  let exitCode: number = exitCodes.ok;
  const program = ctxdProgram(surface, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    surface.stderr.write(`${messageOf(error)}\n`);
    return error instanceof UsageError || error instanceof RangeError ? exitCodes.usage : exitCodes.failure;
  }
}
