/** The exit statuses of all commands. */
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
  /** What to do about it. Printed on the next line. */
  readonly remedy?: string | undefined;
  /** Default: 1. */
  readonly exitCode?: number;
}

/** A failure that users can run into: one sentence, what to do about it, and the exit status. */
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

/** A command line, a setting or a name that is wrong. Exit status 2. */
export class UsageError extends StackError {
  constructor(sentence: string, options: Omit<StackErrorOptions, 'exitCode'> = {}) {
    super(sentence, { ...options, exitCode: exitCodes.usage });
    this.name = 'UsageError';
  }
}

/** The word for an exit status in the output of `--json`. */
export function codeName(exitCode: number): string {
  return codeNames.get(exitCode) ?? 'failure';
}

/** The message of anything thrown, without Node's hint on positional arguments, which helps no command here. */
export function messageOf(error: unknown): string {
  return error instanceof Error
    ? error.message.replace(/ To specify a positional argument .*/, '')
    : String(error);
}

/** The message of the innermost cause. `fetch` only says `fetch failed` and hides the reason in its cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : reasonOf(cause);
}

/** The system's own words for a failure, and what the user can do about it. */
const systemProblems: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  ENOSPC: ['The disk is full', 'Free some space, or set CTXD_STATE_DIR to a folder on another disk.'],
  EDQUOT: [
    'Your disk quota is used up',
    'Free some space, or set CTXD_STATE_DIR to a folder on another disk.',
  ],
  EROFS: ['The disk is read-only', 'Make it writable, or set CTXD_STATE_DIR to a folder on another disk.'],
  EACCES: [
    'A file or folder is not yours to use',
    'Give it to your user, or set CTXD_STATE_DIR to another folder.',
  ],
  EPERM: [
    'A file or folder is not yours to use',
    'Give it to your user, or set CTXD_STATE_DIR to another folder.',
  ],
  EMFILE: ['Too many files are open', 'Allow more in this shell: ulimit -n 1024'],
  ENFILE: ['Too many files are open on this machine', 'End some programs, or raise the limit fs.file-max.'],
};

/** A failure of the system, such as a full disk, in one sentence with its remedy; nothing for any other error. */
export function systemFailure(error: unknown): StackError | undefined {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  const [reason, remedy] = systemProblems['code' in error ? String(error.code) : ''] ?? [];
  if (reason === undefined) return new StackError(messageOf(error), { cause: error });
  return new StackError(`${reason}: ${messageOf(error)}.`, { remedy, cause: error });
}
