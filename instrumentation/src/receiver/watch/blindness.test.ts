import { expect, test } from 'vitest';
import { isBlindForLong, sightOf, Spell } from './blindness.ts';
import { alertKey } from './store.ts';

const rules = (
  evaluatedSecondsAgo: number | undefined,
  reportedSecondsAgo: number | undefined,
  firing = '',
) => ({
  evaluatedSecondsAgo,
  reportedSecondsAgo,
  firing: new Set(firing === '' ? [] : [alertKey({ alertname: firing })]),
});

test.each([
  ['the store does not answer', undefined, 'blind'],
  ['vmalert evaluates nothing', rules(15.1, 1), 'blind'],
  ['vmalert evaluates and the receiver reports', rules(15, 15), 'sees'],
  ['the receiver’s samples are old', rules(1, 15.1), 'catches up'],
  ['the receiver’s samples are missing', rules(1, undefined), 'catches up'],
  ['vmalert says that it is blind', rules(1, 1, 'CtxdBlind'), 'catches up'],
  ['another alert fires', rules(1, 1, 'ContextWindowCritical'), 'sees'],
  ['there is no vmalert', rules(undefined, 1), 'unknown'],
] as const)('when %s', (_, view, sight) => {
  expect(sightOf(view)).toBe(sight);
});

test('a spell is as long as its state lasts', () => {
  const spell = new Spell<string>();
  expect(spell.note('sees', 0)).toBe(0);
  expect(spell.note('sees', 5_000)).toBe(5_000);
  expect(spell.note('blind', 10_000)).toBe(0);
  expect(spell.note('blind', 30_000)).toBe(20_000);
});

test('a spell begins again after a pause in which nobody looked', () => {
  const spell = new Spell<string>();
  spell.note('sees', 0);
  expect(spell.note('sees', 30_001)).toBe(0);
});

test.each([
  [true, 19_999, false],
  [true, 20_000, true],
  [false, 59_999, false],
  [false, 60_000, true],
])('with a view before: %s, blindness of %i ms is announced: %s', (hasSeen, millis, isAnnounced) => {
  expect(isBlindForLong(millis, hasSeen)).toBe(isAnnounced);
});
