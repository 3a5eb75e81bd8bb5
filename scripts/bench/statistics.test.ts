import { expect, test } from 'vitest';
import { median, quantile, rounded, spread } from './statistics.ts';

test.each([
  { numbers: [3, 1, 2], share: 0.5, value: 2 },
  { numbers: [4, 1, 3, 2], share: 0.5, value: 2.5 },
  { numbers: [1, 2, 3, 4, 5], share: 0.95, value: 4.8 },
  { numbers: [10, 9], share: 1, value: 10 },
  { numbers: [7], share: 0, value: 7 },
])('the quantile $share of $numbers is $value', ({ numbers, share, value }) => {
  expect(quantile(numbers, share)).toBeCloseTo(value);
});

test('the median of nothing is not a number', () => {
  expect(median([])).toBeNaN();
});

test('a spread names the smallest and the largest', () => {
  expect(spread([2.345, -1, 1234.5])).toBe('-1 … 1235');
});

test.each([
  [0.012345, '0.0123'],
  [99.96, '100'],
  [123.4, '123'],
  [5, '5'],
  [Number.NaN, '-'],
])('%d is shown as %s', (value, text) => {
  expect(rounded(value)).toBe(text);
});
