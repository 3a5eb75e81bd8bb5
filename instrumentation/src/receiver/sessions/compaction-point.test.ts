import { expect, test } from 'vitest';
import { compactionPoint } from './compaction-point.ts';

test.each([
  [{ windowTokens: 200_000 }, 167_000],
  [{ windowTokens: 200_000, leastCompactedTokens: 167_189 }, 167_189],
  [{ windowTokens: 200_000, autoCompactWindow: 120_000 }, 87_000],
  [{ windowTokens: 200_000, autoCompactWindow: 120_000, leastCompactedTokens: 91_000 }, 87_000],
  [{ windowTokens: 200_000, autoCompactWindow: 120_000, leastCompactedTokens: 80_000 }, 80_000],
  [{ windowTokens: 200_000, autoCompactWindow: 500_000 }, 167_000],
  [{ windowTokens: 1_000 }, 0],
])('with %j the compaction point is %d tokens', (evidence, tokens) => {
  expect(compactionPoint(evidence)).toBe(tokens);
});
