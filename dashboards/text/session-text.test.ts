import { expect, test } from 'vitest';
import { isIdle, modelText, tokensText } from './session-text.ts';

test('a guessed size of the window is marked', () => {
  const tokens = { tokensUsed: 180_000, windowTokens: 200_000 };
  expect(tokensText(tokens)).toBe('180K / 200K');
  expect(tokensText({ ...tokens, isWindowAssumed: true })).toBe('180K / 200K, assumed');
});

test('a model is shown without its maker', () => {
  expect(['claude-opus-4-6', 'gpt-5'].map(modelText)).toEqual(['opus-4-6', 'gpt-5']);
});

test.each([
  [undefined, false],
  [880, false],
  [879.9, true],
])('a session that was last active at %s is idle at 1000: %s', (lastActivitySeconds, idle) => {
  expect(isIdle(lastActivitySeconds, 1_000)).toBe(idle);
});
