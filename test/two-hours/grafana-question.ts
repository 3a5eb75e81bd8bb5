import type { Backend } from '../backend.ts';
import type { Answer } from './expected.ts';
import type { Moment } from './moment.ts';
import { lastStep, stepSeconds } from './script.ts';

/** Runs an instant query at the end of the time range, as Grafana does. */
export async function askInstant(backend: Backend, expr: string, moment: Moment): Promise<Answer[]> {
  const time = String(moment.startSeconds + moment.at * stepSeconds);
  const result = await ask(backend, 'query', { query: interpolated(expr, moment), time });
  return result.map(({ metric, value }) => ({ labels: metric, value: Number(value![1]) }));
}

/** Runs a range query as Grafana does; returns the result by step. The 30 days begin with the script. */
export async function askRange(
  backend: Backend,
  expr: string,
  moment: Moment,
): Promise<Map<number, Answer[]>> {
  const { end, rangeSteps, intervalSteps, startSeconds } = moment;
  const count = Math.floor(Math.min(rangeSteps, end) / intervalSteps);
  const steps = Array.from({ length: count }, (_, index) => end - (count - 1 - index) * intervalSteps);
  const result = await ask(backend, 'query_range', {
    query: interpolated(expr, moment),
    start: String(startSeconds + steps[0]! * stepSeconds),
    end: String(startSeconds + end * stepSeconds),
    step: `${intervalSteps * stepSeconds}s`,
  });
  const answers = new Map<number, Answer[]>(steps.map((step) => [step, []]));
  for (const { metric, values = [] } of result) {
    for (const [seconds, value] of values) {
      answers.get((seconds - startSeconds) / stepSeconds)!.push({ labels: metric, value: Number(value) });
    }
  }
  return answers;
}

/**
 * Replaces Grafana's variables by their values, escaped as its Prometheus data source does: a single value for a
 * string, several for a regular expression.
 */
function interpolated(expr: string, moment: Moment): string {
  const { session, sessions, rangeSteps, intervalSteps, rateSeconds } = moment;
  const text = expr
    .replaceAll('${of:raw}', 'and on () vector(1)')
    .replaceAll('${sessions:pipe}', () => sessions.map((id) => id.replaceAll('.', '[.]')).join('|'))
    .replaceAll('${fullest:pipe}', 'x|y')
    .replaceAll('$linked', 'gone')
    .replaceAll('$session', () => session.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`))
    .replaceAll('$__rate_interval', `${rateSeconds}s`)
    .replaceAll('$__interval', `${intervalSteps * stepSeconds}s`)
    .replaceAll('$__range', `${Math.min(rangeSteps, 100 * lastStep) * stepSeconds}s`);
  if (/\$[a-z_]/i.test(text)) throw new Error(`Expected no other variable than Grafana's own in ${text}`);
  return text;
}

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

async function ask(
  { urls, storeAuthorization: authorization }: Backend,
  path: string,
  parameters: Record<string, string>,
): Promise<Result[]> {
  const body = new URLSearchParams({ ...parameters, nocache: '1' });
  const response = await fetch(`${urls.victoriametrics}/api/v1/${path}`, {
    method: 'POST',
    body,
    headers: { authorization },
  });
  const answer = (await response.json()) as { status: string; error?: string; data: { result: Result[] } };
  if (answer.status !== 'success') throw new Error(`${parameters['query']}: ${answer.error}`);
  return answer.data.result;
}
