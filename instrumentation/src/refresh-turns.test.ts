import { expect, test } from 'vitest';
import { RefreshTurns } from './refresh-turns.ts';

const numbers = Array.from({ length: 1_500 }, (_, index) => index * 3 + 1);
const dueAt = (turns: RefreshTurns, millis: number) => numbers.filter(turns.next(millis));

test('the first export has everything, and after that each second a fifteenth', () => {
  const turns = new RefreshTurns();
  expect(dueAt(turns, 700)).toEqual(numbers);
  const seen: number[] = [];
  for (let second = 1; second <= 15; second++) {
    const due = dueAt(turns, 700 + second * 1_000);
    expect(due.length).toBeGreaterThan(70);
    expect(due.length).toBeLessThan(130);
    seen.push(...due);
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual(numbers);
});

test('an export that starts a second time within a turn has nothing due', () => {
  const turns = new RefreshTurns();
  dueAt(turns, 100);
  expect(dueAt(turns, 900)).toEqual([]);
});

test('an export after a pause has all turns of the pause, and everything after 15 s', () => {
  const [steady, paused] = [new RefreshTurns(), new RefreshTurns()];
  for (const turns of [steady, paused]) dueAt(turns, 0);
  const expected = [1_000, 2_000, 3_000].flatMap((millis) => dueAt(steady, millis));
  expect(dueAt(paused, 3_000)).toEqual(expected.toSorted((a, b) => a - b));
  expect(dueAt(paused, 18_000)).toEqual(numbers);
});
