import { type Thresholds, thresholdsFrom } from '#thresholds';
import { exitCodes, reasonOf } from '../../compose/system/stack-error.ts';
import { collectorTokenIn } from '../../instrumentation/src/collector-token.ts';
import type { Surface } from '../reach/surface.ts';
import { choicesFrom, type Choices, type DemoEndpoints, endpointsFrom, usage } from './options.ts';
import { runDemo, type DemoSummary } from './run-demo.ts';
import { demoMillis } from './session-script.ts';

type DemoSurface = Pick<Surface, 'env' | 'print' | 'printError' | 'signal'>;

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
  { env, print, printError, signal }: DemoSurface,
): Promise<number> {
  const thresholds = thresholdsFrom(env);
  if (tokenFile !== undefined) process.env['CTXD_COLLECTOR_TOKEN_FILE'] = tokenFile;
  const problem = await connectionProblem(otlp, collectorTokenIn(tokenFile));
  if (problem !== undefined) {
    printError(`Nothing accepts metrics at ${otlp} (${problem}). Start the stack first: npm run stack:up`);
    return exitCodes.failure;
  }
  const { speed, seed } = choices;
  print(
    `Running for about ${durationShown(demoMillis / speed)}; Ctrl-C stops earlier. Metrics go to ${otlp}`,
  );
  print(lookAt);
  signal?.addEventListener('abort', () => print('Stopping …'));
  const run = { otlpEndpoint: otlp, thresholds, log: print, ...(signal && { signal }) };
  print(summaryShown(await runDemo({ ...choices, ...run }), thresholds));
  print(`The same sessions again: npm run demo -- --seed ${seed}`);
  print('More of them: npm run demo -- --sessions 40    Stop the stack: npm run stack:down');
  return exitCodes.ok;
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
