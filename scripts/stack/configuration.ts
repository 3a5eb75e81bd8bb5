import type { Part, Surroundings } from '../../compose/parts.ts';
import { type CommandResult, lastWords } from './command.ts';
import { StackError } from './stack-error.ts';

/** What makes a part check its flags and configuration. */
export const checkWords = ({ check, args }: Part, at: Surroundings) => [
  ...(check?.before ?? []),
  ...args(at),
  ...(check?.after ?? []),
];

/** What the check is run with. */
interface CheckOptions {
  readonly signal: AbortSignal;
  readonly timeoutMillis: number;
  readonly onOutput: (text: string) => void;
}

/**
 * Lets a part check its configuration, and throws in its words when it refuses it. A part that has no such check is
 * started and ended as soon as it says that it has read it.
 */
export async function checkOutcome(
  part: Part,
  interrupt: AbortSignal | undefined,
  run: (options: CheckOptions) => Promise<CommandResult>,
): Promise<void> {
  const enough = new AbortController();
  const signal = AbortSignal.any([enough.signal, ...(interrupt ? [interrupt] : [])]);
  let seen = '';
  const onOutput = (text: string) => {
    seen += text;
    if (part.check?.accepted?.test(seen)) enough.abort();
  };
  try {
    const result = await run({ signal, timeoutMillis: 30_000, onOutput });
    if (result.exitCode !== 0) throw refusal(part, result);
  } catch (error) {
    interrupt?.throwIfAborted();
    if (!enough.signal.aborted) throw error;
  }
}

const refusing = /error|fatal|invalid|cannot|fail|unsupported|unknown|not defined/i;

function refusal({ name }: Part, result: CommandResult): StackError {
  const lines = result.output.trim().split('\n');
  const telling = lines.find((line) => refusing.test(line) && !/\b(info|warn)\b/i.test(line));
  return new StackError(
    `${name} refuses its configuration; nothing was started: ${telling ?? lastWords(result)}`,
    {
      remedy: 'Correct what it names, or take back the last change, and start again.',
    },
  );
}
