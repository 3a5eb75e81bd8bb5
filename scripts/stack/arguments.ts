import { parseArgs } from 'node:util';
import { type PartName, parts } from '../../compose/parts.ts';
import { exitCodes, messageOf, StackError } from '../../compose/runtime/stack-error.ts';
import type { RuntimeName } from '../../compose/runtime/state.ts';

/** What `npm run stack:…` can do. */
const commandNames = [
  'up',
  'down',
  'status',
  'logs',
  'restart',
  'open',
  'upgrade',
  'backup',
  'restore',
  'reset',
] as const;

/** One of them. */
export type CommandName = (typeof commandNames)[number];

/** What a stack command is asked to do. */
export interface StackArguments {
  readonly command: CommandName | 'help';
  /** The runtime to use; chosen by itself when absent. */
  readonly runtime?: RuntimeName;
  /** The part that the command is about; all when absent. */
  readonly part?: PartName;
  /** The archive of a backup. */
  readonly file?: string;
  readonly without: readonly PartName[];
  readonly timeoutMillis: number;
  readonly tail: number;
  readonly autoPorts: boolean;
  readonly follow: boolean;
  readonly dryRun: boolean;
  readonly open: boolean;
  readonly pull: boolean;
  readonly rollback: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

const options = {
  runtime: { type: 'string' },
  ports: { type: 'string' },
  without: { type: 'string', default: '' },
  timeout: { type: 'string', default: '60' },
  tail: { type: 'string', default: '50' },
  follow: { type: 'boolean', short: 'f', default: false },
  'dry-run': { type: 'boolean', default: false },
  open: { type: 'boolean', default: false },
  pull: { type: 'boolean', default: false },
  'no-rollback': { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Without these nothing is left that works. */
const indispensable: readonly PartName[] = ['collector', 'victoriametrics'];

/** Reads the command line. Throws with the rule when it is not of that form. */
export function parseArguments(args: readonly string[]): StackArguments {
  const { values, positionals } = parse(args);
  const [word, ...rest] = positionals;
  const command = values.help ? 'help' : expectCommand(word);
  return {
    command,
    ...(values.runtime !== undefined && { runtime: expectRuntime(values.runtime) }),
    ...subjectOf(command, rest),
    without: values.without.split(',').filter(Boolean).map(expectOmissible),
    timeoutMillis: expectNumber('--timeout', values.timeout, 1) * 1_000,
    tail: expectNumber('--tail', values.tail, 0),
    autoPorts: expectAuto(values.ports),
    follow: values.follow,
    dryRun: values['dry-run'],
    open: values.open,
    pull: values.pull,
    rollback: !values['no-rollback'],
    yes: values.yes,
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageError(messageOf(error));
  }
}

function expectCommand(word: string | undefined): CommandName {
  const command = commandNames.find((name) => name === word);
  if (command !== undefined) return command;
  throw usageError(`Expected a command ${commandNames.join(', ')}, got \`${word ?? ''}\``);
}

function subjectOf(command: StackArguments['command'], rest: readonly string[]) {
  const [word, ...more] = rest;
  const takesFile = command === 'backup' || command === 'restore';
  const takesPart = command === 'logs' || command === 'restart';
  if (takesFile && word === undefined) throw usageError(`Expected ${command} to be followed by a file`);
  const surplus = takesFile || takesPart ? more : rest;
  if (surplus.length > 0 && command !== 'help') {
    throw usageError(`Expected nothing after ${command}, got \`${surplus.join(' ')}\``);
  }
  if (takesFile && word !== undefined) return { file: word };
  return takesPart && word !== undefined ? { part: expectPart(word) } : {};
}

function expectPart(word: string): PartName {
  const part = parts.find(({ name }) => name === word);
  if (part !== undefined) return part.name;
  throw usageError(`Expected a part ${parts.map(({ name }) => name).join(', ')}, got \`${word}\``);
}

function expectOmissible(word: string): PartName {
  const part = expectPart(word);
  if (!indispensable.includes(part)) return part;
  throw usageError(`Expected --without to leave ${indispensable.join(' and ')} in, got \`${part}\``);
}

function expectRuntime(word: string): RuntimeName {
  if (word === 'docker' || word === 'native') return word;
  throw usageError(`Expected --runtime to be docker or native, got \`${word}\``);
}

function expectAuto(word: string | undefined): boolean {
  if (word === undefined || word === 'auto') return word === 'auto';
  throw usageError(`Expected --ports to be auto, got \`${word}\``);
}

function expectNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (text !== '' && Number.isInteger(number) && number >= least) return number;
  throw usageError(`Expected ${option} to be a whole number from ${least} on, got \`${text}\``);
}

function usageError(sentence: string): StackError {
  return new StackError(sentence, { remedy: 'See npm run stack:up -- --help', exitCode: exitCodes.usage });
}
