import { expect, test } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { exampleScene, exampleSession } from './example-scenes.ts';
import { plainText } from './line.ts';
import { usageBar } from './usage-bar.ts';

const barOf = (usagePercent: number, compactionTokens?: number) => {
  const session = exampleSession('one', { usagePercent, compactionTokens });
  return usageBar(
    exampleScene({ snapshot: { sessions: [session] } }).model.sessions[0]!,
    defaultThresholds,
    20,
  );
};

test.each([
  [0, undefined, '░░░░░░░░░░░░░░│░░░│░'],
  [50, undefined, '██████████░░░░│░░░│░'],
  [92, undefined, '██████████████▓███│░'],
  [100, undefined, '██████████████▓███▓█'],
  [140, undefined, '██████████████▓███▓█'],
  [50, 160_000, '██████████░░░░│░┆░│░'],
  [95, 160_000, '██████████████▓█▒█▓░'],
])('%d %% with compaction at %s tokens is %s', (percent, compactionTokens, bar) => {
  expect(plainText(barOf(percent, compactionTokens))).toBe(bar);
});

test('the filled part has the colour of the state, and each tick that of its threshold', () => {
  const tones = barOf(75).map(({ text, tone }) => [text, tone]);
  expect(tones).toEqual([
    ['██████████████▓', 'warning'],
    ['░░░', 'quiet'],
    ['│', 'critical'],
    ['░', 'quiet'],
  ]);
});
