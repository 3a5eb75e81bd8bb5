import { expect, test } from 'vitest';
import type { SessionRow } from '../page-state.ts';
import { listed, needingAttention, nextFull, type SortOrder } from './session-order.ts';
import { iconOf, titleOf, worstOf } from './tab.ts';

const row = (id: string, more: Partial<SessionRow> = {}): SessionRow => ({
  id,
  label: id,
  severity: 'ok',
  usagePercent: 10,
  tokensUsed: 1,
  windowTokens: 2,
  checkpoints: 0,
  tokensSaved: 0,
  trend: [],
  ...more,
});

const rows = [
  row('a', { usagePercent: 95, severity: 'critical', project: 'shop', costUsd: 1 }),
  row('b10', { usagePercent: 75, severity: 'warning', secondsToFull: 60, model: 'opus' }),
  row('b9', { usagePercent: 20, secondsToFull: 600, lastActivitySeconds: 9, costUsd: 5 }),
];

const idsBy = (by: SortOrder, isReversed = false, search = '') =>
  listed(rows, search, { by, isReversed }).map(({ id }) => id);

test.each([
  ['usage', ['a', 'b10', 'b9']],
  ['label', ['a', 'b9', 'b10']],
  ['full in', ['b10', 'b9', 'a']],
  ['cost', ['b9', 'a', 'b10']],
  ['activity', ['b9', 'a', 'b10']],
] as const)('sorts by %s', (by, ids) => {
  expect(idsBy(by)).toEqual(ids);
  expect(idsBy(by, true)).toEqual(ids.toReversed());
});

test('searches label, project and model, ignoring case', () => {
  expect(idsBy('usage', false, 'SHOP')).toEqual(['a']);
  expect(idsBy('usage', false, ' opus ')).toEqual(['b10']);
  expect(idsBy('usage', false, 'none')).toEqual([]);
});

test('finds the sessions that need attention, and the one that will be full first', () => {
  expect(needingAttention(rows).map(({ id }) => id)).toEqual(['a', 'b10']);
  expect(nextFull(rows)?.id).toBe('b10');
  expect(nextFull([row('x')])).toBeUndefined();
});

test('the tab shows the worst state', () => {
  const worst = worstOf([...rows, row('c', { severity: 'critical' })]);
  expect(titleOf(worst, false, '')).toBe('✗2 ⚠1 ctxd');
  expect(titleOf({ critical: 0, warning: 0 }, true, 'Alerts')).toBe('? Alerts · ctxd');
  expect(iconOf(worst, false)).toContain(encodeURIComponent('×'));
});
