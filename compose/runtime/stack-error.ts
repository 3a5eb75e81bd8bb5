/** The exit codes of the stack commands. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  portTaken: 3,
  noRuntime: 4,
  notHealthy: 5,
  locked: 6,
  interrupted: 130,
} as const;

const codeNames = new Map<number, string>([
  [exitCodes.usage, 'usage'],
  [exitCodes.portTaken, 'port-taken'],
  [exitCodes.noRuntime, 'no-runtime'],
  [exitCodes.notHealthy, 'not-healthy'],
  [exitCodes.locked, 'locked'],
  [exitCodes.interrupted, 'interrupted'],
]);

interface StackErrorOptions extends ErrorOptions {
  /** What to do about it; printed on the next line. */
  readonly remedy?: string;
  /** Default: 1. */
  readonly exitCode?: number;
}

/** A failure to show to a person: one sentence, a remedy, and the exit code. */
export class StackError extends Error {
  readonly exitCode: number;
  readonly sentence: string;
  readonly remedy: string | undefined;

  constructor(sentence: string, { remedy, exitCode = exitCodes.failure, cause }: StackErrorOptions = {}) {
    super(remedy === undefined ? sentence : `${sentence}\n${remedy}`, { cause });
    this.name = 'StackError';
    this.exitCode = exitCode;
    this.sentence = sentence;
    this.remedy = remedy;
  }
}

/** The name of an exit code, for `--json`. */
export function codeName(exitCode: number): string {
  return codeNames.get(exitCode) ?? 'failure';
}

/** The message of a thrown value, without Node's advice about unknown options, which applies to no command here. */
export function messageOf(error: unknown): string {
  return error instanceof Error
    ? error.message.replace(/ To specify a positional argument .*/, '')
    : String(error);
}

/** The message of the innermost cause: `fetch failed` alone says nothing. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : reasonOf(cause);
}
