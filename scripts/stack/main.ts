import { codeName, exitCodes, StackError, systemFailure } from '../../compose/system/stack-error.ts';
import type { Surface } from '../reach/surface.ts';
import { parseArguments, type StackArguments } from './arguments.ts';
import { runStackCommand } from './commands.ts';
import { liveProgress, plainProgress, type Progress } from './progress.ts';
import type { Outcome } from './run.ts';

/** The parts of the surface that the stack commands use. */
type StackSurface = Pick<Surface, 'env' | 'print' | 'printError' | 'signal' | 'terminal' | 'confirm'>;

/** Runs a stack command line and returns its exit status. */
export async function stackCommand(args: readonly string[], surface: StackSurface): Promise<number> {
  const warnings: string[] = [];
  let request: StackArguments | undefined;
  try {
    request = parseArguments(args);
    if (request.command === 'help') {
      surface.print((await import('./usage.ts')).usage);
      return exitCodes.ok;
    }
    const outcome = await runWithProgress(request, surface, warnings);
    if (request.json) surface.print(envelope(request.command, warnings, outcome));
    return outcome.exitCode;
  } catch (error) {
    const failure = asStackError(error, surface.signal, request);
    const json = request?.json ?? args.includes('--json');
    if (json) surface.print(envelope(request?.command ?? args[0] ?? '', warnings, failure));
    else surface.printError(failure.message);
    return failure.exitCode;
  }
}

async function runWithProgress(
  request: StackArguments,
  surface: StackSurface,
  warnings: string[],
): Promise<Outcome> {
  const { print, set, close } = progressFor(request, surface);
  const warn = (line: string) => {
    warnings.push(line);
    print(line);
  };
  try {
    return await runStackCommand(request, { ...surface, print, warn, progress: set });
  } finally {
    close();
  }
}

// With --json, standard output holds nothing but the object.
function progressFor({ json }: StackArguments, { terminal, print, printError, env }: StackSurface): Progress {
  if (json) return plainProgress(printError);
  const isLive = terminal !== undefined && !env.CI && env.TERM !== 'dumb';
  return isLive ? liveProgress(terminal) : plainProgress(print);
}

function envelope(command: string, warnings: readonly string[], result: Outcome | StackError): string {
  if (!(result instanceof StackError)) {
    const { status = 'ok', data = {} } = result;
    return JSON.stringify({ command, status, data, warnings, error: null });
  }
  const { sentence, remedy, exitCode } = result;
  const error = { code: codeName(exitCode), message: sentence, actions: remedy?.split('\n') ?? [] };
  return JSON.stringify({ command, status: 'failed', data: {}, warnings, error });
}

/** Rethrows a mistake in the code, so that Node prints its stack trace. */
function asStackError(
  error: unknown,
  signal: AbortSignal | undefined,
  request: StackArguments | undefined,
): StackError {
  if (error instanceof StackError) return error;
  if (signal?.aborted) {
    const starts = request?.command === 'up' || request?.command === 'upgrade';
    const fate = request?.rollback ? 'is stopped again' : 'is left running';
    const sentence = starts ? `Interrupted; what this run had started ${fate}.` : 'Interrupted.';
    return new StackError(sentence, { exitCode: exitCodes.interrupted });
  }
  const failure = systemFailure(error);
  if (failure !== undefined) return failure;
  throw error;
}
