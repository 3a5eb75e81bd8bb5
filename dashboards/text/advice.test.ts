import { expect, test } from 'vitest';
import { type AdvisedSession, byUrgency, fullText, standingText, stepText } from './advice.ts';

const session = (more: Partial<AdvisedSession>): AdvisedSession => ({
  label: 'shop',
  severity: 'ok',
  usagePercent: 10,
  tokensUsed: 20_000,
  windowTokens: 200_000,
  ...more,
});

test('says how full a session is, what is left, and when it is full', () => {
  const nearly = session({ usagePercent: 92.5, tokensUsed: 185_000, secondsToFull: 250 });
  expect(standingText(nearly)).toBe('92.5% of context, 15K left, full in 4m');
  expect(standingText(session({ usagePercent: 105, tokensUsed: 210_000 }))).toBe('105% of context, 0 left');
  expect(standingText(session({ isWindowAssumed: true }))).toBe(
    '10% of context (of 200K, assumed), 180K left',
  );
});

test('gives a session with room no advice', () => {
  expect([stepText(session({})), stepText(session({ severity: 'critical' }))]).toEqual([
    '',
    'Save a checkpoint or type /compact in it now.',
  ]);
});

test('orders by state, then by time to full, then by share of the window', () => {
  const sessions = [
    session({ label: 'roomy', usagePercent: 50 }),
    session({ label: 'warned', severity: 'warning', usagePercent: 80, secondsToFull: 1 }),
    session({ label: 'idle', severity: 'critical', usagePercent: 99 }),
    session({ label: 'idle, less full', severity: 'critical', usagePercent: 95 }),
    session({ label: 'soon', severity: 'critical', usagePercent: 91, secondsToFull: 60 }),
  ];
  expect(sessions.toSorted(byUrgency).map(({ label }) => label)).toEqual([
    'soon',
    'idle',
    'idle, less full',
    'warned',
    'roomy',
  ]);
});

test.each([
  [undefined, ''],
  [0, 'full'],
  [720, 'full in 12m'],
  [6 * 3_600 + 1, ''],
])('%s seconds to full read as "%s"', (seconds, text) => {
  expect(fullText(seconds)).toBe(text);
});
