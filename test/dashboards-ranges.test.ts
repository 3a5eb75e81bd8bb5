import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { receiverMetrics, sessionMetrics } from '#metrics';
import { withVariables } from '#queries';
import { startNative, type NativeStack } from '../scripts/stack/native-stack.ts';
import { committedDashboards } from './two-hours/committed-dashboards.ts';

const day = 86_400;
const nowSeconds = Math.floor(Date.now() / 1_000);
const ranges = { '5 minutes': 300, '30 days': 30 * day, '90 days': 90 * day };
/** Points in a chart as wide as a screen. */
const points = 1_900;
const ids = ['a', 'b', 'c'];

let stack: NativeStack;

beforeAll(async () => {
  stack = await startNative({ parts: ['victoriametrics'], env: { CTXD_RETENTION: '100d' } });
  for (const id of ids) await send('import', seriesOf(id).join('\n'));
  await fetch(`${stack.urls.victoriametrics}/internal/force_flush`, {
    headers: { authorization: stack.storeAuthorization },
  });
}, 900_000);

afterAll(async () => stack?.[Symbol.asyncDispose]());

describe.each(Object.entries(ranges))('on a store of 90 days, over %s', (_, seconds) => {
  test.each(committedDashboards().map((one) => [one.title, one] as const))(
    '%s returns without an error',
    async (__, { expr, isRange }) => {
      expect(await ask(filled(expr, seconds), isRange ? seconds : 0)).toMatchObject({ status: 'success' });
    },
  );
});

test('the store holds the figures of all 90 days', async () => {
  const expr = `max(${sessionMetrics.contextTokens.name}{session_id="a"})`;
  const { data } = await ask(expr, 90 * day);
  expect(data?.result[0]?.values?.length).toBeGreaterThan(points - 5);
});

test('a query that fails is seen', async () => {
  const expr = `sum_over_time(delta(${sessionMetrics.contextTokens.name}[10s])[5m:10s])`;
  expect(await ask(expr, 90 * day)).toMatchObject({ status: 'error', error: /too many points/ });
});

const stepOf = (seconds: number) => Math.max(1, Math.ceil(seconds / points));

function filled(expr: string, seconds: number): string {
  return withVariables(expr, {
    $__rate_interval: `${Math.max(60, 4 * stepOf(seconds))}s`,
    $__interval: `${stepOf(seconds)}s`,
    $__range: `${seconds}s`,
    '${of:raw}': 'and on () vector(1)',
    '${sessions:pipe}': 'a|b',
    '${fullest:pipe}': 'a|b',
    $linked: 'gone',
    $session: 'a',
  });
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly { readonly values?: readonly unknown[] }[] };
}

/** Queries the store over a time range until now; at its end alone if the range is 0. */
async function ask(query: string, seconds: number): Promise<Answer> {
  if (seconds === 0) return await send('query', { query, time: `${nowSeconds}`, nocache: '1' });
  const span = { start: `${nowSeconds - seconds}`, end: `${nowSeconds}`, step: `${stepOf(seconds)}s` };
  return await send('query_range', { query, ...span, nocache: '1' });
}

async function send(path: string, body: string | Record<string, string>): Promise<Answer> {
  const response = await fetch(`${stack.urls.victoriametrics}/api/v1/${path}`, {
    method: 'POST',
    headers: { authorization: stack.storeAuthorization },
    body: typeof body === 'string' ? body : new URLSearchParams(body),
  });
  const text = await response.text();
  return text === '' ? { status: String(response.status) } : (JSON.parse(text) as Answer);
}

/** A session's figures, a sample a minute for 90 days and every five seconds at the end. */
function seriesOf(id: string): string[] {
  const ages = [
    ...Array.from({ length: 90 * 1_440 - 10 }, (_, index) => 90 * day - index * 60),
    ...Array.from({ length: 121 }, (_, index) => 600 - index * 5),
  ];
  const timestamps = ages.map((age) => (nowSeconds - age) * 1_000);
  const tokens = (age: number) => 20_000 + ((90 * day - age) % 7_200) * 20;
  const rounds = (age: number) => Math.floor((90 * day - age) / 7_200);
  const figures: readonly (readonly [string, (age: number) => number])[] = [
    [sessionMetrics.contextUsagePercent.name, (age) => tokens(age) / 2_000],
    [sessionMetrics.contextTokens.name, tokens],
    [sessionMetrics.windowTokens.name, () => 200_000],
    [sessionMetrics.checkpoints.name, rounds],
    [sessionMetrics.tokensSaved.name, (age) => rounds(age) * 140_000],
    [sessionMetrics.duration.name, (age) => 90 * day - age],
    [receiverMetrics.sessionCost.name, (age) => rounds(age)],
    [receiverMetrics.sessionInfo.name, () => 1],
  ];
  return figures.map(([name, figure]) =>
    JSON.stringify({
      metric: { __name__: name, session_id: id, session_name: `Session ${id}`, project: 'shop' },
      timestamps,
      values: ages.map(figure),
    }),
  );
}
