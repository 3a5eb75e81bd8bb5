import { expect, test } from 'vitest';
import { RefreshTurns } from './refresh-turns.ts';

const numbers = Array.from({ length: 1_500 }, (_, index) => index * 3 + 1);
const dueAt = (turns: RefreshTurns, millis: number) => numbers.filter(turns.start(millis));

test('the first export has everything, and after that each second a fifteenth', () => {
  const turns = new RefreshTurns();
  expect(dueAt(turns, 700)).toEqual(numbers);
  turns.arrived();
  const seen: number[] = [];
  for (let second = 1; second <= 15; second++) {
    const due = dueAt(turns, 700 + second * 1_000);
    turns.arrived();
    expect(due.length).toBeGreaterThan(70);
    expect(due.length).toBeLessThan(130);
    seen.push(...due);
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual(numbers);
});

test('an export that starts a second time within a turn has nothing due', () => {
  const turns = new RefreshTurns();
  dueAt(turns, 100);
  turns.arrived();
  expect(dueAt(turns, 900)).toEqual([]);
});

test('turns that did not arrive are due again, all of them after 15 s', () => {
  const turns = new RefreshTurns();
  dueAt(turns, 0);
  turns.arrived();
  const lost = dueAt(turns, 1_000);
  expect(dueAt(turns, 2_000)).toEqual(expect.arrayContaining(lost));
  expect(dueAt(turns, 15_000)).toEqual(numbers);
});
