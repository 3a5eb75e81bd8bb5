import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, test } from 'vitest';
import { allQueries, dashboardQueries } from './queries.ts';

/** Functions of MetricsQL alone, and those of PromQL that are written the same way. What each is for stands where it is used. */
const metricsQl: Readonly<Record<string, string>> = {
  tlast_over_time: 'last_over_time',
  default_rollup: 'last_over_time',
};

test('names are unique and in kebab-case', () => {
  const names = [...allQueries, ...dashboardQueries].map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
});

describe.each(dashboardQueries.map((query) => [query.name, query] as const))('%s', (_, query) => {
  test('is PromQL but for the functions that PromQL has no like of', () => {
    expect(syntaxErrors(promQl(query.expr))).toEqual([]);
  });

  test('has a unit and one sentence of meaning', () => {
    expect(query.unit).not.toBe('');
    expect(query.meaning).toMatch(/^[A-Z][^.]+\.$/);
  });

  test('counts several reports of one session once', () => {
    const ofSessions = [...query.expr.matchAll(/contextd_(session|subagent)_/g)].length;
    expect(ofSessions === 0 || /max by|topk by/.test(query.expr)).toBe(true);
  });
});

test('the syntax check refuses what is neither', () => {
  expect(syntaxErrors(promQl('sum(rate(a[$__interval])'))).not.toEqual([]);
  expect(syntaxErrors(promQl('increase_pure(a[5m])'))).not.toEqual([]);
});

/** The variables of Grafana that stand for a time span, as a time span. */
function promQl(expr: string): string {
  const filled = expr.replaceAll(/\$__\w+/g, '5m');
  return Object.entries(metricsQl).reduce((text, [name, like]) => text.replaceAll(name, like), filled);
}

function syntaxErrors(expr: string): number[] {
  const positions: number[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) positions.push(from);
    },
  });
  return positions;
}
