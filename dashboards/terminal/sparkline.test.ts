import { expect, test } from 'vitest';
import { sparkline } from './sparkline.ts';

test('a narrower sparkline keeps a peak', () => {
  expect(sparkline([0, 0, 0, 100, 0, 0, 0, 0], 4)).toBe('▁█▁▁');
});
