import { parseArgs } from 'node:util';
import { messageOf, UsageError } from '../../compose/system/stack-error.ts';
import { didYouMean } from '../reach/nearest.ts';

/** The parsed command line of `ctxd alerts`. */
export type AlertsArguments =
  | { readonly command: 'help' }
  | { readonly command: 'test' }
  | {
      readonly command: 'list';
      readonly limit: number;
      readonly follow: boolean;
      readonly desktop: boolean;
      readonly json: boolean;
    }
  | { readonly command: 'silence'; readonly session: string; readonly seconds: number }
  | { readonly command: 'silences' }
  | { readonly command: 'unsilence'; readonly id: string };

/** What `--help` prints. */
export const usage = `Usage: ctxd alerts [list] [--follow] [--desktop] [--limit <n>] [--json]
       ctxd alerts test
       ctxd alerts silence [<session>|all <time>]
       ctxd alerts silence --end <silence>
   or: npm run alerts, npm run alerts:test, npm run alerts:silence [-- …]

  list             Lists the newest alerts in the receiver's inbox, the newest last.
    -f, --follow   Keeps listing alerts as they arrive.
    --desktop      With --follow: also shows each as a desktop notification.
    --limit <n>    How many. Default: 20.
    --json         One JSON object per line.
  test             Sends a test alert through every configured receiver and shows the results.
  silence          Silences the alerts of one session, or all, for a time such as 30m, 2h or 1d.
                   Without arguments: lists the silences.
    <session>      Its id, the first characters of the id, or its name.
    --end <id>     Ends that silence.

Exit status: 0 ok, 1 failure or a receiver that failed, 2 usage. Settings: docs/settings.md.`;

const options = {
  follow: { type: 'boolean', short: 'f', default: false },
  desktop: { type: 'boolean', default: false },
  limit: { type: 'string', default: '20' },
  json: { type: 'boolean', default: false },
  end: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Parses a command line of `ctxd alerts`.
 *
 * @throws UsageError naming the rule it breaks
 */
export function parseArguments(args: readonly string[]): AlertsArguments {
  const { values, positionals } = parse(args);
  const [command = 'list', ...rest] = positionals;
  if (values.help) return { command: 'help' };
  if (command === 'silence') {
    return values.end === undefined ? silenceOf(rest) : { command: 'unsilence', id: values.end };
  }
  if (rest.length > 0) throw usageError(`Expected nothing after ${command}, got \`${rest.join(' ')}\``);
  if (command === 'test') return { command };
  if (command !== 'list') {
    const hint = didYouMean(command, ['list', 'test', 'silence']);
    throw usageError(`Expected list, test or silence, got \`${command}\``, hint);
  }
  const { follow, desktop, json } = values;
  if (desktop && !follow) throw usageError('Expected --desktop together with --follow');
  return { command, limit: positive('--limit', values.limit), follow, desktop, json };
}

function silenceOf([session, time = '', ...rest]: readonly string[]): AlertsArguments {
  if (session === undefined) return { command: 'silences' };
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(time) ?? [];
  if (count === undefined || rest.length > 0) {
    throw usageError(
      `Expected a session or all, and a time such as 30m, 2h or 1d, got \`${[session, time, ...rest].join(' ').trim()}\``,
    );
  }
  const seconds = Number(count) * { m: 60, h: 3_600, d: 86_400 }[unit as 'm' | 'h' | 'd'];
  return { command: 'silence', session, seconds };
}

function positive(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`Expected ${option} to be a positive whole number, got \`${text}\``);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageError(messageOf(error));
  }
}

function usageError(sentence: string, hint?: string): UsageError {
  const see = 'See npm run alerts -- --help';
  return new UsageError(sentence, { remedy: hint === undefined ? see : `${hint}\n${see}` });
}
