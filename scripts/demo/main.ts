import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Thresholds, thresholdsFrom } from '#thresholds';
import { ctxdScript } from '../../compose/system/folders.ts';
import { exitCodes, reasonOf, UsageError } from '../../compose/system/stack-error.ts';
import { collectorTokenIn } from '../../instrumentation/src/collector-token.ts';
import type { Surface } from '../reach/surface.ts';
import { choicesFrom, type Choices, type DemoEndpoints, endpointsFrom, usage } from './options.ts';
import { runDemo, type DemoSummary } from './run-demo.ts';
import { demoMillis } from './session-script.ts';

type DemoSurface = Pick<Surface, 'env' | 'print' | 'printError' | 'signal' | 'terminal'>;

/** Runs `ctxd demo` and returns its exit status. */
export async function demoCommand(args: readonly string[], surface: DemoSurface): Promise<number> {
  const choices = choicesFrom(args);
  if (choices !== undefined) return await demo(choices, await endpointsFrom(surface.env), surface);
  surface.print(usage);
  return exitCodes.ok;
}

async function demo(
  choices: Choices,
  { otlp, tokenFile, lookAt }: DemoEndpoints,
  { env, print, printError, signal, terminal }: DemoSurface,
): Promise<number> {
  const thresholds = thresholdsFrom(env);
  if (tokenFile !== undefined) process.env['CTXD_COLLECTOR_TOKEN_FILE'] = tokenFile;
  const problem = await connectionProblem(otlp, collectorTokenIn(tokenFile));
  if (problem !== undefined) {
    printError(`Nothing accepts metrics at ${otlp} (${problem}). Start the stack first: npm run stack:up`);
    return exitCodes.failure;
  }
  const { speed, seed, monitor } = choices;
  if (monitor && terminal === undefined) throw new UsageError('Expected a terminal for --monitor');
  const isEndless = terminal !== undefined;
  const end = isEndless ? 'until Ctrl-C' : `for about ${durationShown(demoMillis / speed)}`;
  print(`Running ${end}. Metrics go to ${otlp}`);
  print(lookAt);
  const quit = new AbortController();
  signal?.addEventListener('abort', () => print('Stopping …'));
  const run = {
    otlpEndpoint: otlp,
    thresholds,
    isEndless,
    log: monitor ? () => undefined : print,
    signal: AbortSignal.any([quit.signal, ...(signal ? [signal] : [])]),
  };
  const screen = monitor ? monitorScreen().finally(() => quit.abort()) : Promise.resolve();
  const [summary] = await Promise.all([runDemo({ ...choices, ...run }), screen]);
  print(summaryShown(summary, thresholds));
  print(`The same sessions again: npm run demo -- --seed ${seed}`);
  print('More of them: npm run demo -- --sessions 40    Stop the stack: npm run stack:down');
  return exitCodes.ok;
}

/** Shows the monitor until the user quits it. It is a process of its own, so that the demo cannot make it stutter. */
async function monitorScreen(): Promise<void> {
  await once(
    spawn(process.execPath, [ctxdScript, 'monitor', '--interval', '1'], { stdio: 'inherit' }),
    'exit',
  );
}

function summaryShown({ sessions, durationMillis }: DemoSummary, { warning, critical }: Thresholds): string {
  const total = (count: (session: (typeof sessions)[number]) => number | undefined) =>
    sessions.reduce((sum, session) => sum + (count(session) ?? 0), 0);
  const ended = (end: string) => sessions.filter((session) => session.end === end).length;
  const crossings =
    `${total(({ last }) => last?.threshold70Count)} crossings of ${warning.percent} % and ` +
    `${total(({ last }) => last?.threshold90Count)} of ${critical.percent} %`;
  const saved = total(({ last }) => last?.tokensSaved).toLocaleString('en-US');
  return [
    '',
    `Done in ${durationShown(durationMillis)}: ${sessions.length} sessions, ${total(({ reports }) => reports)} reports`,
    `  ${crossings}`,
    `  ${total(({ last }) => last?.checkpointCount)} checkpoints that saved ${saved} tokens`,
    `  ${ended('ended')} ended, ${ended('expired')} expired, ${ended('stopped')} stopped with the demo`,
    '',
  ].join('\n');
}

function durationShown(millis: number): string {
  const seconds = Math.round(millis / 1_000);
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
}

/** Why nothing can be sent there. Sends an empty request, which is valid OTLP. */
async function connectionProblem(otlp: string, token: string | undefined): Promise<string | undefined> {
  try {
    const { status } = await fetch(`${otlp}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: '{"resourceMetrics":[]}',
      signal: AbortSignal.timeout(3_000),
    });
    return status === 401 ? 'it requires another token: see CTXD_COLLECTOR_TOKEN_FILE' : undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
