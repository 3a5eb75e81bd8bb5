import { parseArgs } from 'node:util';
import type { PartName } from '../../compose/parts.ts';
import { messageOf, UsageError } from '../../compose/system/stack-error.ts';
import type { RuntimeName } from '../../compose/runtime/state.ts';
import { didYouMean } from '../reach/nearest.ts';
import {
  commandNamed,
  type CommandName,
  commandNames,
  optionNamed,
  type OptionName,
  partNames,
  stackOptions,
} from './command-table.ts';

/** The parsed command line of a stack command. */
export interface StackArguments {
  readonly command: CommandName | 'help';
  /** The runtime to use. Default: chosen by what this machine has. */
  readonly runtime?: RuntimeName;
  /** The part to restart or print the logs of. Default: all. */
  readonly part?: PartName;
  /** The archive to back up to or restore from. */
  readonly file?: string;
  readonly without: readonly PartName[];
  /** URL of the stack on another machine that gets a copy of all metrics. Default: `CTXD_REMOTE_URL`. */
  readonly sendTo?: string;
  /** File with its token. Default: `CTXD_REMOTE_TOKEN_FILE`. */
  readonly tokenFile?: string;
  readonly timeoutMillis: number;
  readonly tail: number;
  readonly autoPorts: boolean;
  readonly follow: boolean;
  readonly dryRun: boolean;
  readonly open: boolean;
  /** The page instead of Grafana. */
  readonly page: boolean;
  /** Grafana as admin instead of as a viewer. */
  readonly admin: boolean;
  readonly pull: boolean;
  readonly rollback: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/**
 * Parses a stack command line.
 *
 * @throws UsageError naming the rule it breaks
 */
export function parseArguments(args: readonly string[]): StackArguments {
  const { values, positionals } = parse(args);
  const text = (option: OptionName) => values[option] as string | undefined;
  const flag = (option: OptionName) => values[option] === true;
  const [word = '', ...rest] = positionals;
  const command = flag('help') ? 'help' : expectCommand(word);
  const runtime = text('runtime');
  const [sendTo, tokenFile] = [text('send-to'), text('token-file')];
  return {
    command,
    ...(runtime !== undefined && { runtime: expectRuntime(runtime) }),
    ...(command !== 'help' && argumentOf(command, rest)),
    without: (text('without') ?? '').split(',').filter(Boolean).map(expectOptional),
    ...(sendTo !== undefined && { sendTo }),
    ...(tokenFile !== undefined && { tokenFile }),
    timeoutMillis: expectNumber('--timeout', text('timeout') ?? '', 1) * 1_000,
    tail: expectNumber('--tail', text('tail') ?? '', 0),
    autoPorts: expectAuto(text('ports')),
    follow: flag('follow'),
    dryRun: flag('dry-run'),
    open: flag('open'),
    page: flag('page'),
    admin: flag('admin'),
    pull: flag('pull'),
    rollback: !flag('no-rollback'),
    yes: flag('yes'),
    json: flag('json'),
  };
}

const options = Object.fromEntries(
  (Object.keys(stackOptions) as OptionName[]).map((name) => {
    const { value, short, default: fallback } = optionNamed(name);
    const type = value === undefined ? 'boolean' : 'string';
    return [
      name,
      { type, ...(short && { short }), ...(fallback !== undefined && { default: fallback }) },
    ] as const;
  }),
);

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageError(messageOf(error));
  }
}

function expectCommand(word: string): CommandName {
  const command = commandNames.find((name) => name === word);
  if (command !== undefined) return command;
  throw usageError(
    `Expected one of the commands ${commandNames.join(', ')}, got ${word === '' ? 'none' : `\`${word}\``}`,
    didYouMean(word, commandNames),
  );
}

function argumentOf(command: CommandName, rest: readonly string[]) {
  const { argument } = commandNamed(command);
  const [word, ...more] = rest;
  const surplus = argument === undefined ? rest : more;
  if (argument === 'FILE' && word === undefined)
    throw usageError(`Expected ${command} to be followed by a file`);
  if (surplus.length > 0) throw usageError(`Expected nothing after ${command}, got \`${surplus.join(' ')}\``);
  if (word === undefined) return {};
  return argument === 'FILE' ? { file: word } : { part: expectPart(word) };
}

function expectPart(word: string): PartName {
  const part = partNames.find((name) => name === word);
  if (part !== undefined) return part;
  throw usageError(
    `Expected one of the parts ${partNames.join(', ')}, got \`${word}\``,
    didYouMean(word, partNames),
  );
}

function expectOptional(word: string): PartName {
  const part = expectPart(word);
  // VictoriaMetrics may be omitted if another machine stores the metrics.
  if (part !== 'collector') return part;
  throw usageError(`Expected --without to keep collector and victoriametrics, got \`${part}\``);
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
  throw usageError(`Expected ${option} to be a whole number of at least ${least}, got \`${text}\``);
}

function usageError(sentence: string, hint?: string): UsageError {
  const see = 'See npm run stack:up -- --help';
  return new UsageError(sentence, { remedy: hint === undefined ? see : `${hint}\n${see}` });
}
