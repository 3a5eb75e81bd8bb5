import { expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { laidOut } from './expression-layout.ts';
import { slowAlerts, urgentAlerts } from './session-alerts.ts';
import { alertSettings } from './settings.ts';

const settings = alertSettings({ thresholds: defaultThresholds });
const expressions = [...urgentAlerts(settings), ...slowAlerts(settings)].map(
  ({ name, query }) => [name, query.expr] as const,
);
const withoutSpace = (text: string) => text.replaceAll(/\s/g, '');

test('a short expression stays on its line', () => {
  expect(laidOut('max by (a) (b) >= 1')).toBe('max by (a) (b) >= 1');
});

test.each([
  ['a + b or c', 'a + b\nor c', 6],
  ['a unless b unless c', 'a\nunless b\nunless c', 10],
  ['max by (a) (b or c)', 'max by (a) (\n  b or c\n)', 15],
  ['a or max by (b) (c)', 'a\nor max by (b) (\n  c\n)', 14],
  ['a == 1 or b unless c', '  a\n  == 1\nor\n  b\n  unless c', 5],
  ['a * on (b) group_left (c) (d + e)', 'a\n* on (b) group_left (c) (\n  d + e\n)', 24],
  ['clamp_min(a, 1)', 'clamp_min(\n  a,\n  1\n)', 10],
  ['rate(a{b=" or (c, "}[5m]) > 0', 'rate(a{b=" or (c, "}[5m])\n> 0', 25],
])('%s is broken so that its structure shows', (expr, lines, width) => {
  expect(laidOut(expr, width)).toBe(lines);
});

test.each(expressions)('the expression of %s changes in its white space only', (_, expr) => {
  expect(laidOut(expr).split('\n').length).toBeGreaterThan(expr.length > 100 ? 1 : 0);
  expect(withoutSpace(laidOut(expr))).toBe(withoutSpace(expr));
});
