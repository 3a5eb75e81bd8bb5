import { expect, test } from 'vitest';
import { sparkline } from './sparkline.ts';

test('a sparkline keeps a peak when it is made narrower', () => {
  expect(sparkline([0, 0, 0, 100, 0, 0, 0, 0], 4)).toBe('▁█▁▁');
});
