import { expect, test } from 'vitest';
import { noFigureText } from './no-figure.ts';

test('sessions without a figure are named, five at most', () => {
  expect(noFigureText([])).toBe('');
  expect(noFigureText(['shop', 'api'])).toBe('no figure yet: shop, api');
  expect(noFigureText(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('no figure yet: a, b, c, d, e and 2 more');
});
