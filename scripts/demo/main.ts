import { type Thresholds, thresholdsFrom } from '#thresholds';
import { collectorTokenIn } from '../../instrumentation/src/collector-token.ts';
import {
  choicesFrom,
  type Choices,
  type DemoEndpoints,
  endpointsFrom,
  usage,
  UsageError,
} from './options.ts';
import { runDemo, type DemoSummary } from './run-demo.ts';
import { demoMillis } from './session-script.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const choices = choicesFrom(args);
    if (choices === undefined) console.log(usage);
    else return await demo(choices, await endpointsFrom(process.env));
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof RangeError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function demo(choices: Choices, { otlp, tokenFile, lookAt }: DemoEndpoints): Promise<number> {
  const thresholds = thresholdsFrom(process.env);
  if (tokenFile !== undefined) process.env['CTXD_COLLECTOR_TOKEN_FILE'] = tokenFile;
  const problem = await connectionProblem(otlp, collectorTokenIn(tokenFile));
  if (problem !== undefined) {
    console.error(`Nothing takes metrics at ${otlp} (${problem}). Start the stack first: npm run stack:up`);
    return 1;
  }
  const { speed, seed } = choices;
  console.log(
    `Running for about ${durationShown(demoMillis / speed)}; Ctrl-C stops earlier. Metrics go to ${otlp}`,
  );
  console.log(lookAt);
  const run = { otlpEndpoint: otlp, thresholds, log: console.log, signal: interrupted() };
  const summary = await runDemo({ ...choices, ...run });
  console.log(summaryShown(summary, thresholds));
  console.log(`The same sessions again: npm run demo -- --seed ${seed}`);
  console.log('More of them: npm run demo -- --sessions 40    Stop the stack: npm run stack:down');
  return 0;
}

/** Aborts at the first SIGINT or SIGTERM. npm passes a Ctrl-C on, so the second that comes with it must do nothing. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => controller.abort());
  controller.signal.addEventListener('abort', () => console.log('Stopping …'));
  return controller.signal;
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

/** Why nothing can be sent there, or `undefined`. An empty request is valid OTLP, and any other answer shows a receiver. */
async function connectionProblem(otlp: string, token: string | undefined): Promise<string | undefined> {
  try {
    const { status } = await fetch(`${otlp}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: '{"resourceMetrics":[]}',
      signal: AbortSignal.timeout(3_000),
    });
    return status === 401 ? 'it wants another token: see CTXD_COLLECTOR_TOKEN_FILE' : undefined;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
}
