import { parseArguments, type StackArguments } from './arguments.ts';
import type { Outcome } from './chosen-runtime.ts';
import { runStackCommand } from './commands.ts';
import { liveProgress, plainProgress, type Progress, type Terminal } from './progress.ts';
import { codeName, exitCodes, messageOf, StackError } from '../../compose/runtime/stack-error.ts';
import { usage } from './usage.ts';

/** What the commands take from the process. */
export interface Surface {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Fires when the run is to end: Ctrl-C, or the terminal is gone. */
  readonly signal?: AbortSignal;
  /** Where progress is drawn live. Default: nowhere, it is printed line by line. */
  readonly terminal?: Terminal | undefined;
  /** Asks a question to be answered with yes or no. Default: nobody is there to answer. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

/** Runs one stack command and gives its exit status. */
export async function main(args: readonly string[], surface: Surface): Promise<number> {
  const warnings: string[] = [];
  let request: StackArguments | undefined;
  try {
    request = parseArguments(args);
    if (request.command === 'help') {
      surface.print(usage);
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
  surface: Surface,
  warnings: string[],
): Promise<Outcome> {
  const progress = progressFor(request, surface);
  const warn = (line: string) => {
    warnings.push(line);
    progress.print(line);
  };
  try {
    return await runStackCommand(request, {
      ...surface,
      print: progress.print,
      warn,
      progress: progress.set,
    });
  } finally {
    progress.close();
  }
}

// With --json standard output is for the object alone.
function progressFor({ json }: StackArguments, { terminal, print, printError, env }: Surface): Progress {
  if (json) return plainProgress(printError);
  const live = terminal !== undefined && !env.CI && env.TERM !== 'dumb';
  return live ? liveProgress(terminal) : plainProgress(print);
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

/** Anything that a person cannot meet is a mistake of ours, which wants its stack trace. */
function asStackError(
  error: unknown,
  signal: AbortSignal | undefined,
  request: StackArguments | undefined,
): StackError {
  if (error instanceof StackError) return error;
  if (signal?.aborted) {
    const starts = request?.command === 'up' || request?.command === 'upgrade';
    const undone = request?.rollback ? 'is stopped again' : 'is left running';
    const sentence = starts ? `Interrupted; what this run had started ${undone}.` : 'Interrupted.';
    return new StackError(sentence, { exitCode: exitCodes.interrupted });
  }
  if (isSystemError(error)) return systemFailure(error);
  throw error;
}

function systemFailure(error: Error): StackError {
  const full = 'code' in error && error.code === 'ENOSPC';
  if (!full) return new StackError(messageOf(error), { cause: error });
  return new StackError(`The disk is full: ${messageOf(error)}.`, {
    remedy: 'Free some space, or set CTXD_STATE_DIR to a folder on another disk.',
    cause: error,
  });
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
