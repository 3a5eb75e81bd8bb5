import {
  exitCodes,
  messageOf,
  StackError,
  systemFailure,
  UsageError,
} from '../../compose/system/stack-error.ts';
import type { Surface } from '../reach/surface.ts';
import { keptByNpm } from './npm-options.ts';
import { commandNamed } from './command-table.ts';

/** Runs a `ctxd` command line and returns its exit status. A failure is a sentence on standard error. */
export async function main(args: readonly string[], surface: Surface): Promise<number> {
  try {
    return await run(args, surface);
  } catch (caught) {
    const error = systemFailure(caught) ?? caught;
    if (isOurMistake(error)) throw error;
    surface.printError(messageOf(error));
    if (error instanceof StackError) return error.exitCode;
    return error instanceof RangeError ? exitCodes.usage : exitCodes.failure;
  }
}

async function run(args: readonly string[], surface: Surface): Promise<number> {
  const kept = keptByNpm(args, surface.env);
  if (kept !== undefined) throw new UsageError(kept);
  const [word = '', ...rest] = args;
  const isVersion = rest.concat(word).some((argument) => argument === '-v' || argument === '--version');
  if (isVersion && word !== 'complete') {
    surface.print(await version());
    return exitCodes.ok;
  }
  if (word === 'help' && rest[0] !== undefined) return await run([rest[0], '--help'], surface);
  if (args.length === 0) {
    const { firstLook } = await import('./first-look.ts');
    await firstLook(surface);
    return exitCodes.ok;
  }
  if (word === 'complete') {
    const { sessionCompletions } = await import('./session-completion.ts');
    const completions = await sessionCompletions(rest.slice(1), surface.env);
    if (completions !== undefined) {
      surface.print(completions);
      return exitCodes.ok;
    }
  }
  const command = commandNamed(word);
  if (command !== undefined) return await (await command.load())(rest, surface);
  const { runProgram } = await import('./program.ts');
  return await runProgram(args, surface);
}

/** The version of ctxd. */
export async function version(): Promise<string> {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  return manifest.version;
}

/** A mistake in the code, whose stack trace Node should print. */
function isOurMistake(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError;
}
