import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, test } from 'vitest';
import {
  embeddingMetrics,
  embeddingTokensPrefix,
  httpRequestDurationPrefix,
  processMetrics,
  receiverMetrics,
  sessionMetrics,
  sparseMetrics,
} from '#metrics';
import { defaultThresholds } from '#thresholds';
import { inPromQl, syntaxErrors } from './promql-syntax.ts';
import { checkpointMissing, compactionNear, fillingFast, fullSoon, thresholdReached } from './alerts.ts';
import { allQueries, contractQueries, secondsToFull, sessionHistory } from './index.ts';

const thresholds = defaultThresholds;
const scope = { thresholds, windowSeconds: 15 };
const every = [
  ...allQueries(thresholds),
  thresholdReached({ severity: 'warning', ...scope }),
  thresholdReached({ severity: 'critical', ...scope }),
  compactionNear({ ...scope, percent: 95 }),
  fillingFast({ points: 25, ...scope }),
  fullSoon({ minutes: 10, points: 10, ...scope }),
  checkpointMissing(thresholds),
  ...Object.values(sessionHistory({ sessionIds: ['conn_127.0.0.1:1', 'a"b'] })),
  secondsToFull({ sessionIds: ['a'] }),
];
const each = every.map((query) => [query.name, { ...query, expr: inPromQl(query.expr) }] as const);

test('the nine queries of the contract are verbatim', () => {
  expect(Object.values(contractQueries(thresholds)).map(({ expr }) => expr)).toEqual([
    'topk(5, contextd_session_context_usage_percent)',
    'contextd_session_context_usage_percent > 70',
    'contextd_session_context_usage_percent > 90',
    'sum(contextd_session_context_tokens)',
    'avg(contextd_session_context_usage_percent)',
    'rate(contextd_session_threshold_70_total[5m])',
    'rate(contextd_session_threshold_90_total[5m])',
    'rate(contextd_session_tokens_saved_total[5m]) / rate(contextd_session_checkpoint_total[5m])',
    'contextd_active_sessions_total',
  ]);
});

test('names are unique and in kebab-case', () => {
  const names = every.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
});

describe.each(each)('%s', (_, { expr, unit, meaning, legend }) => {
  test('is PromQL', () => {
    expect(syntaxErrors(expr)).toEqual([]);
  });

  test('reads only metrics that are exported', () => {
    expect(metricsIn(expr)).not.toEqual([]);
    expect(metricsIn(expr).filter((name) => !exported.has(name))).toEqual([]);
  });

  test('has a unit and one sentence of meaning', () => {
    expect(unit).not.toBe('');
    expect(meaning).toMatch(/^[A-Z][^.]+\.$/);
  });

  test('names the session in its legend if it returns a series per session', () => {
    const bySession =
      !/^(sum|count|avg|histogram_quantile|max\(timestamp|time)\(|^contextd_active_sessions_total$/.test(
        expr,
      );
    expect(legend.includes('{{session_id}}')).toBe(bySession);
  });
});

describe('the syntax check', () => {
  test.each([
    'sum(contextd_session_context_tokens',
    'rate(contextd_session_threshold_70_total[5m]',
    'topk(5 contextd_session_context_usage_percent)',
    'contextd_session_context_usage_percent >> 70',
    'sume(contextd_session_context_tokens)',
  ])('refuses %s', (expr) => {
    expect(syntaxErrors(expr)).not.toEqual([]);
  });
});

const exported = new Set([
  ...[sessionMetrics, sparseMetrics, processMetrics, receiverMetrics].flatMap((metrics) =>
    Object.values(metrics).map(({ name }) => name as string),
  ),
  ...['count', 'bucket'].map((suffix) => `${httpRequestDurationPrefix}_${suffix}`),
  ...['count', 'sum'].map((suffix) => `${embeddingTokensPrefix}_${suffix}`),
  embeddingMetrics.cost.name,
  'ALERTS',
  'vmalert_alerts_send_errors_total',
  'otelcol_process_uptime_seconds_total',
]);

function metricsIn(expr: string): string[] {
  const names: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (node.matchContext(['VectorSelector']) && node.name === 'Identifier')
        names.push(expr.slice(node.from, node.to));
    },
  });
  return names;
}
