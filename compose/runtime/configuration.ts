import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { readRegularFile, wholeFileBytes } from '#regular-file';
import { parse } from 'yaml';
import type { Part, PartName, Surroundings } from '../parts.ts';
import { type CommandResult, lastWords } from '../system/command.ts';
import type { Runtime, Stack } from './runtime.ts';
import { messageOf, StackError } from '../system/stack-error.ts';
import { sharedPath } from './state.ts';

/** The arguments with which a part checks its flags and configuration. */
export const checkWords = ({ check, args }: Part, at: Surroundings) => [
  ...(check?.before ?? []),
  ...args(at),
  ...(check?.after ?? []),
];

/** Options of the command that checks. */
interface CheckOptions {
  readonly signal: AbortSignal;
  readonly timeoutMillis: number;
  readonly onOutput: (text: string) => void;
}

/**
 * Parses the files of the parts that cannot check them, and lets the other parts check theirs.
 *
 * @throws StackError for the first configuration that is rejected, with the reason
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
      parsers[extname(file)]?.(await readRegularFile(path, wholeFileBytes));
    } catch (error) {
      throw rejected(name, `${path}: ${messageOf(error).split(/:?\n/)[0]}`);
    }
  }
}

/**
 * Runs a part's check of its configuration. A part without a check mode is started, and stopped as soon as it prints that
 * it has read its configuration.
 *
 * @throws StackError with the part's own message when it rejects the configuration.
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
    if (result.exitCode !== 0) throw rejection(part, result);
  } catch (error) {
    interrupt?.throwIfAborted();
    if (!enough.signal.aborted) throw error;
  }
}

const rejecting = /error|fatal|invalid|cannot|fail|unsupported|unknown|not defined/i;

function rejection({ name }: Part, result: CommandResult): StackError {
  const lines = result.output.trim().split('\n');
  const errorLine = lines.find((line) => rejecting.test(line) && !/\b(info|warn)\b/i.test(line));
  return rejected(name, errorLine ?? lastWords(result));
}

function rejected(name: PartName, words: string): StackError {
  return new StackError(`${name} rejects its configuration; nothing was started: ${words}`, {
    remedy: 'Correct the setting that it names, or undo the last change, and start again.',
  });
}
