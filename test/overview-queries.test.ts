import { beforeAll, expect, test } from 'vitest';
import { httpRequestDurationPrefix, processMetrics, sessionMetrics } from '#metrics';
import { httpQueries, overviewQueries } from '#queries';
import { disagreement, program, type Series } from './vmalert-tool.ts';

const {
  contextUsagePercent,
  contextTokens,
  windowTokens,
  threshold70,
  threshold90,
  checkpoints,
  tokensSaved,
} = sessionMetrics;

/** One minute: two live sessions, one of them reported by two replicas; one that ended after 50 s; one silent since 20 s. */
const minute: Series = {
  ...series(contextUsagePercent.name, { s1: '90x60', ended: '99x49 stale', silent: '98x19 _x40' }),
  ...series(contextTokens.name, { s1: '180000x60', ended: '198000x49 stale', silent: '196000x19 _x40' }),
  ...series(windowTokens.name, { s1: '200000x60', ended: '200000x49 stale', silent: '200000x19 _x40' }),
  ...series(threshold70.name, { s1: '0x29 1x30', ended: '0x9 1x39 stale', silent: '0x9 1x9 _x40' }),
  ...series(threshold90.name, { s1: '0x60', ended: '0x19 1x9 2x19 stale', silent: '0x19 _x40' }),
  ...series(checkpoints.name, { s1: '0x9 2x50', ended: '0x9 3x39 stale', silent: '0x19 _x40' }),
  ...series(tokensSaved.name, { s1: '0x9 50000x50', ended: '0x9 30000x39 stale', silent: '0x19 _x40' }),
  [`${contextUsagePercent.name}{session_id="s2", instance="a"}`]: '70x60',
  [`${contextUsagePercent.name}{session_id="s2", instance="b"}`]: '70x60',
  [`${contextTokens.name}{session_id="s2", instance="a"}`]: '140000x60',
  [`${contextTokens.name}{session_id="s2", instance="b"}`]: '140000x60',
  [`${windowTokens.name}{session_id="s2", instance="a"}`]: '200000x60',
  [`${windowTokens.name}{session_id="s2", instance="b"}`]: '200000x60',
  [`${processMetrics.activeSessions.name}{service_name="a"}`]: '2x60',
  [`${processMetrics.activeSessions.name}{service_name="b"}`]: '5x19 _x40',
  [`${httpRequestDurationPrefix}_count`]: '0+2x60',
  [`${httpRequestDurationPrefix}_bucket{le="0.1"}`]: '0+1x60',
  [`${httpRequestDurationPrefix}_bucket{le="0.2"}`]: '0+2x60',
  [`${httpRequestDurationPrefix}_bucket{le="+Inf"}`]: '0+2x60',
};

const queries = { ...overviewQueries, ...httpQueries };

const answers = {
  activeSessionsNow: { '': 2 },
  totalTokensNow: { '': 320_000 },
  totalWindowNow: { '': 400_000 },
  averageUsageNow: { '': 80 },
  warningCrossings: { '': 3 },
  criticalCrossings: { '': 2 },
  savedPerCheckpoint: { s1: 25_000, ended: 10_000 },
  requestRate: { '': 120 },
  requestLatencyP95: { '': 0.19 },
} as const satisfies Record<keyof typeof queries, Record<string, number>>;

beforeAll(() => program('vmalert-tool'));

test.each(Object.entries(queries))('%s is exact', async (key, { expr }) => {
  expect(await disagreement(minute, testOf(expr, answers[key as keyof typeof answers]))).toBe('');
});

test('a wrong answer is reported', async () => {
  const { expr } = overviewQueries.totalTokensNow;
  expect(await disagreement(minute, testOf(expr, { '': 320_001 }))).toContain('got: {} 3.2E+05');
});

function testOf(expr: string, answer: Readonly<Record<string, number>>) {
  const samples = Object.entries(answer).map(([session, value]) => ({
    labels: session === '' ? '{}' : `{session_id="${session}"}`,
    value,
  }));
  return { metricsql_expr_test: [{ eval_time: '58s', expr, exp_samples: samples }] };
}

function series(metric: string, bySession: Readonly<Record<string, string>>): Series {
  return Object.fromEntries(
    Object.entries(bySession).map(([session, values]) => [`${metric}{session_id="${session}"}`, values]),
  );
}
