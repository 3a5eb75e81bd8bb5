import { describe, expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { allQueries, dashboardQueries } from './index.ts';
import { inPrometheus } from './prometheus.ts';
import { syntaxErrors } from './promql-syntax.ts';

const queries = [...allQueries(defaultThresholds), ...dashboardQueries(defaultThresholds)];

test.each(queries.map(({ name, expr }) => [name, expr] as const))('%s is plain PromQL', (_, expr) => {
  expect(
    syntaxErrors(
      inPrometheus(expr)
        .replaceAll('${of:raw}', '')
        .replaceAll(/\$__\w+/g, '5m'),
    ),
  ).toEqual([]);
});

describe('a query for Prometheus', () => {
  test.each([
    ['default_rollup(a{b="c"}[30s])', '(a{b="c"} and last_over_time(a{b="c"}[30s]))'],
    ['default_rollup(a[6h])', 'a'],
    ['tlast_over_time(a[5m])', '(timestamp(a) or max_over_time(timestamp(a)[5m:5s]))'],
    [
      'tlast_over_time(a{b=~"${x:pipe}"}[$__range] @ end())',
      '(timestamp(a{b=~"${x:pipe}"} @ end()) or max_over_time(timestamp(a{b=~"${x:pipe}"})[$__range:4m] @ end()))',
    ],
    ['tlast_change_over_time(a[70s])', 'max_over_time((timestamp(a) and a != a offset 1s)[70s:1s])'],
    ['ascent_over_time( a[5m] )', 'sum_over_time(clamp_min(a - a offset 5s, 0)[5m:5s])'],
    ['increase(a[5m])', 'clamp_min(last_over_time(a[5m]) - (a offset 5m or 0 * last_over_time(a[5m])), 0)'],
    ['increase(a[$__interval])', 'clamp_min(a - (a offset $__interval or 0 * a), 0)'],
    ['sum by (service_name, service_instance_id) (a)', 'sum by (job, instance) (a)'],
    ['rate(a[5m])', 'rate(a[5m])'],
  ])('has %s as %s', (expr, expected) => {
    expect(inPrometheus(expr)).toBe(expected);
  });
});
