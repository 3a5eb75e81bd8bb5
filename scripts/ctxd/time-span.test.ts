import { expect, test } from 'vitest';
import { timeSpanFrom } from './time-span.ts';
import { UsageError } from '../../compose/system/stack-error.ts';

const now = Date.UTC(2026, 10, 23, 12);
const noon = now / 1_000;

test.each([
  ['90s', noon - 90],
  ['30m', noon - 1_800],
  ['24h', noon - 86_400],
  ['1.5d', noon - 129_600],
  ['2w', noon - 1_209_600],
  ['2026-11-23T11:00:00Z', noon - 3_600],
  ['2026-11-22', Date.UTC(2026, 10, 22) / 1_000],
])('--since %s starts there and ends now', (since, startSeconds) => {
  expect(timeSpanFrom(since, undefined, now)).toEqual({ startSeconds, endSeconds: noon });
});

test('--until is the end', () => {
  expect(timeSpanFrom('2h', '1h', now)).toEqual({ startSeconds: noon - 7_200, endSeconds: noon - 3_600 });
});

test.each([
  [
    'yesterday',
    undefined,
    'Expected --since to be a time ago such as 90m, 24h or 7d, or a date such as 2026-11-23T12:00:00Z, got `yesterday`',
  ],
  ['1h', '1y', 'Expected --until to be a time ago'],
  ['1h', '2h', 'Expected --since to be before --until, got `1h`'],
])('--since %s --until %s is refused', (since, until, message) => {
  expect(() => timeSpanFrom(since, until, now)).toThrow(UsageError);
  expect(() => timeSpanFrom(since, until, now)).toThrow(message);
});
