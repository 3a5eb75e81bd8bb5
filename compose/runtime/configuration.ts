import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { parse } from 'yaml';
import type { Part, PartName, Surroundings } from '../parts.ts';
import { type CommandResult, lastWords } from './command.ts';
import type { Runtime, Stack } from './runtime.ts';
import { messageOf, StackError } from './stack-error.ts';
import { sharedPath } from './state.ts';

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
 * Parses the files of parts that have no check of their own, and lets the others check theirs.
 *
 * @throws StackError for the first that is refused, in the words of whoever does
 */
export async function checkConfiguration(
  parts: readonly Part[],
  runtime: Pick<Runtime, 'check'>,
  { stateDir }: Pick<Stack, 'stateDir'>,
): Promise<void> {
  for (const { name, parsed = [] } of parts)
    for (const folder of parsed) await parseFiles(name, sharedPath(stateDir, folder));
  await runtime.check(parts);
}

const parsers: Readonly<Record<string, (text: string) => unknown>> = { '.json': JSON.parse, '.yaml': parse };

async function parseFiles(name: PartName, folder: string): Promise<void> {
  for (const file of await readdir(folder, { recursive: true })) {
    const path = join(folder, file);
    try {
      parsers[extname(file)]?.(await readFile(path, 'utf8'));
    } catch (error) {
      throw refused(name, `${path}: ${messageOf(error).split(/:?\n/)[0]}`);
    }
  }
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
  return refused(name, telling ?? lastWords(result));
}

function refused(name: PartName, words: string): StackError {
  return new StackError(`${name} refuses its configuration; nothing was started: ${words}`, {
    remedy: 'Correct what it names, or take back the last change, and start again.',
  });
}
