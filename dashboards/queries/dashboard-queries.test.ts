import { describe, expect, test } from 'vitest';
import { defaultThresholds as thresholds } from '#thresholds';
import { inPromQl, syntaxErrors } from './promql-syntax.ts';
import { allQueries, dashboardQueries } from './index.ts';

test('names are unique and in kebab-case', () => {
  const names = [...allQueries(thresholds), ...dashboardQueries(thresholds)].map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
});

describe.each(dashboardQueries(thresholds).map((query) => [query.name, query] as const))('%s', (_, query) => {
  test('is PromQL, except for functions without an equivalent in PromQL', () => {
    expect(syntaxErrors(inPromQl(query.expr))).toEqual([]);
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

test('the syntax check refuses an expression that is neither', () => {
  expect(syntaxErrors(inPromQl('sum(rate(a[$__interval])'))).not.toEqual([]);
  expect(syntaxErrors(inPromQl('increase_pure(a[5m])'))).not.toEqual([]);
});
