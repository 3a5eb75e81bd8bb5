import { parseArgs } from 'node:util';
import { type Endpoints, endpointsFrom as stackEndpointsFrom } from '../reach/endpoints.ts';

/** What `--help` prints. */
export const usage = `npm run demo -- [options]

Runs MCP sessions on an MCP server behind koa-context-window for about 3 minutes: they fill up, checkpoint, end or
go idle. Needs the stack: npm run stack:up

  --sessions <number>  how many, 1 to 200 (default 8)
  --speed <factor>     how many times faster, 0.1 to 100 (default 1)
  --seed <number>      the same sessions again, 0 to 4294967295 (default: another one each time)
  --help               this text`;

/** What was chosen on the command line. */
export interface Choices {
  readonly sessions: number;
  readonly speed: number;
  readonly seed: number;
}

/** A mistake in what was typed or set; the message says it all. */
export class UsageError extends Error {}

/** Where the metrics go, with which token, and where to look at them. */
export interface DemoEndpoints {
  readonly otlp: string;
  /** File with the token of the stack's collector, if it wants one. */
  readonly tokenFile: string | undefined;
  /** A sentence on where to look. */
  readonly lookAt: string;
}

/**
 * The stack that runs, unless the environment names another collector.
 *
 * @throws UsageError naming the variable that is wrong
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
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function whereToLook({ grafanaUrl, victoriaMetricsUrl }: Endpoints): string {
  return grafanaUrl === undefined
    ? `Look at it in another terminal: npm run monitor. Or in a browser: ${victoriaMetricsUrl}/vmui, under Dashboards`
    : `Look at the context overview in Grafana: ${grafanaUrl}`;
}

/**
 * The choices, or `undefined` where help is asked for.
 *
 * @throws UsageError naming the option that is wrong
 */
export function choicesFrom(args: readonly string[]): Choices | undefined {
  const values = parsed(args);
  if (values.help) return undefined;
  return {
    sessions: wholeNumber('--sessions', values.sessions ?? '8', 1, 200),
    speed: number('--speed', values.speed ?? '1', 0.1, 100),
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
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`, { cause: error });
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
  return new UsageError(
    `Expected the ${option} option to be ${rule}, got \`${text}\`\nSee npm run demo -- --help`,
  );
}
