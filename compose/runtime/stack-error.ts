/** What a stack command tells its caller by its exit status. */
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
  /** What to do about it: a second line. */
  readonly remedy?: string;
  /** Default: 1. */
  readonly exitCode?: number;
}

/** A failure that a person can meet: one sentence, what to do about it, and the exit status. */
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

/** The word for an exit status, as `--json` gives it. */
export function codeName(exitCode: number): string {
  return codeNames.get(exitCode) ?? 'failure';
}

/** What was thrown, in words; without the advice that Node adds to an unknown option, which no command here is helped by. */
export function messageOf(error: unknown): string {
  return error instanceof Error
    ? error.message.replace(/ To specify a positional argument .*/, '')
    : String(error);
}

/** The innermost reason of a failure in a few words: `fetch failed` hides that in its cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : reasonOf(cause);
}
