import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { exitCodes, StackError } from '../../compose/runtime/stack-error.ts';
import type { Surface } from './agreement.ts';
import { type ConnectArguments, parseArguments, usage } from './arguments.ts';

/** Runs connect or disconnect on a command line and gives the exit status; a failure is a sentence, not a stack trace. */
export async function main(
  command: (request: ConnectArguments, surface: Surface) => Promise<number>,
  args: readonly string[],
  surface: Surface,
): Promise<number> {
  return await told(surface, async () => {
    const request = parseArguments(args, surface.folder);
    if (!request.help) return await command(request, surface);
    surface.print(usage);
    return exitCodes.ok;
  });
}

/** Runs something and tells a failure that a person can meet in a sentence. */
export async function told({ printError }: Pick<Surface, 'printError'>, run: () => Promise<number>) {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof StackError || error instanceof RangeError)) throw error;
    printError(error.message);
    return error instanceof StackError ? error.exitCode : exitCodes.usage;
  }
}

/** The terminal that the command runs in. npm starts scripts in its own folder and tells the user's in INIT_CWD. */
export function terminal(): Surface {
  return {
    env: process.env,
    folder: process.env['INIT_CWD'] ?? process.cwd(),
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    ask,
  };
}

async function ask(question: string): Promise<string | undefined> {
  using lines = createInterface({ input: process.stdin, output: process.stdout });
  const ended = once(lines, 'close').then(() => console.log());
  // Ctrl-C is no answer, either.
  const answer = lines.question(question).catch(() => undefined);
  return (await Promise.race([answer, ended])) ?? undefined;
}
