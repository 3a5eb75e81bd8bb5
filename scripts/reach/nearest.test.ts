import { expect, test } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

const names = ['monitor', 'status', 'restart', 'restore', 'test', 'down', 'up'];

test.each([
  ['monitr', 'monitor'],
  ['statsu', 'status'],
  ['tset', 'test'],
  ['donw', 'down'],
  ['pu', undefined],
  ['RESTART'.toLowerCase(), 'restart'],
  ['launch', undefined],
  ['', undefined],
])('%j is nearest to %s', (word, name) => {
  expect(nearest(word, names)).toBe(name);
});

test('a close name becomes a question, a distant one nothing', () => {
  expect(didYouMean('restor', names)).toBe('Did you mean restore?');
  expect(didYouMean('sideways', names)).toBeUndefined();
});
