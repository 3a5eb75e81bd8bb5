import { expect, test } from 'vitest';
import { dollarsShown, durationShown, latencyShown, tokensShown } from './quantity.ts';
import { fit, printable, toAscii, widthOf } from './text.ts';

test.each([
  [0, '0'],
  [999, '999'],
  [999.6, '1K'],
  [81_666, '81.7K'],
  [200_000, '200K'],
  [999_960, '1M'],
  [1_250_000, '1.3M'],
])('%d tokens are %s', (tokens, shown) => {
  expect(tokensShown(tokens)).toBe(shown);
});

test.each([
  [-3, '0s'],
  [59.9, '59s'],
  [60, '1m'],
  [8_100, '2h 15m'],
  [273_600, '3d 4h'],
])('%d seconds are %s', (seconds, shown) => {
  expect(durationShown(seconds)).toBe(shown);
});

test('latencies and dollars have as many digits as they need', () => {
  expect([0.0123, 0.9996, 2.34].map(latencyShown)).toEqual(['12.3ms', '1s', '2.3s']);
  expect([0, 0.0034, 12.5].map(dollarsShown)).toEqual(['$0.00', '$0.0034', '$12.50']);
});

test('a wide character is never cut in half', () => {
  expect(fit('日本語', 5)).toBe('日本…');
  expect(fit('日本語', 4)).toBe('日… ');
  expect(widthOf(fit('日本語', 4))).toBe(4);
});

test('removes what could move the cursor or reverse the line', () => {
  expect(printable('a\u001B[2J\u0000\u009B\u202Eb\u2066\u200F\uD800c\nd')).toBe('a[2Jbcd');
});

test('ASCII stand-ins are as wide as the characters', () => {
  expect(toAscii('╭─ 日 ✓ ▁█')).toBe('+- ?? v _#');
});
