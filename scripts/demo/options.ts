import { parseArgs } from 'node:util';
import { messageOf, UsageError } from '../../compose/system/stack-error.ts';
import { type Endpoints, endpointsFrom as stackEndpointsFrom } from '../reach/endpoints.ts';

/** What `--help` prints. */
export const usage = `Usage: ctxd demo [options], or npm run demo [-- options]

Runs MCP sessions on an MCP server behind koa-context-window: they fill up, checkpoint, end or go idle. The first
warning comes within 15 seconds. In a terminal, one session stays full until Ctrl-C; elsewhere the demo ends after
about 3 minutes. Start the stack first: npm run stack:up

  --sessions <number>  how many, 1 to 200 (default 8)
  --speed <factor>     how many times faster, 0.1 to 100 (default 1)
  --seed <number>      the same sessions again, 0 to 4294967295 (default: a random one)
  --monitor            shows the monitor meanwhile; q ends both
  --help               prints this help`;

/** The options of a demo. */
export interface Choices {
  readonly sessions: number;
  readonly speed: number;
  readonly seed: number;
  /** Whether the monitor runs in the same terminal. */
  readonly monitor: boolean;
}

/** Where the demo sends its metrics. */
export interface DemoEndpoints {
  readonly otlp: string;
  /** File with the collector's token, if it requires one. */
  readonly tokenFile: string | undefined;
  /** A sentence that says where to see the sessions. */
  readonly lookAt: string;
}

/**
 * The endpoints of the running stack, unless the environment names another collector.
 *
 * @throws UsageError naming the wrong variable
 */
export async function endpointsFrom(env: NodeJS.ProcessEnv): Promise<DemoEndpoints> {
  try {
    const stack = await stackEndpointsFrom(env);
    const otlp = env['OTEL_EXPORTER_OTLP_ENDPOINT'] || stack.collectorUrl;
    if (!/^https?:/.test(URL.parse(otlp)?.protocol ?? '')) {
      throw new Error(`Expected OTEL_EXPORTER_OTLP_ENDPOINT to be an http or https URL, got \`${otlp}\``);
    }
    const url = otlp.replace(/\/$/, '');
    const ofStack = url === stack.collectorUrl ? stack.collectorTokenFile : undefined;
    const tokenFile = env['CTXD_COLLECTOR_TOKEN_FILE'] || ofStack;
    return { otlp: url, tokenFile, lookAt: whereToLook(stack) };
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function whereToLook({ grafanaUrl, receiverUrl }: Endpoints): string {
  return grafanaUrl === undefined
    ? `See them in another terminal: npm run monitor. Or in a browser: ${receiverUrl}/`
    : `See them on the context overview in Grafana: ${grafanaUrl}`;
}

/**
 * Reads the options of a command line; nothing when `--help` is set.
 *
 * @throws UsageError naming the wrong option
 */
export function choicesFrom(args: readonly string[]): Choices | undefined {
  const values = parsed(args);
  if (values.help) return undefined;
  return {
    sessions: wholeNumber('--sessions', values.sessions ?? '8', 1, 200),
    speed: number('--speed', values.speed ?? '1', 0.1, 100),
    monitor: values.monitor === true,
    seed: wholeNumber('--seed', values.seed ?? `${Math.floor(Math.random() * 1_000_000)}`, 0, 2 ** 32 - 1),
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = {
      sessions: text,
      speed: text,
      seed: text,
      monitor: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n\n${usage}`, { cause: error });
  }
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = number(option, text, least, most, 'a whole number');
  if (!Number.isInteger(value)) throw wrong(option, `a whole number from ${least} to ${most}`, text);
  return value;
}

function number(option: string, text: string, least: number, most: number, kind = 'a number'): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw wrong(option, `${kind} from ${least} to ${most}`, text);
}

function wrong(option: string, rule: string, text: string): UsageError {
  return new UsageError(`Expected the ${option} option to be ${rule}, got \`${text}\``, {
    remedy: 'See npm run demo -- --help',
  });
}
