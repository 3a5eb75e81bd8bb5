import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';

const list = { command: 'list', limit: 20, follow: false, desktop: false, json: false };

test.each([
  [[], list],
  [['list', '--limit', '5', '--json'], { ...list, limit: 5, json: true }],
  [['-f', '--desktop'], { ...list, follow: true, desktop: true }],
  [['test'], { command: 'test' }],
  [['silence', 's1', '30m'], { command: 'silence', session: 's1', seconds: 1_800 }],
  [['silence', 'all', '2h'], { command: 'silence', session: 'all', seconds: 7_200 }],
  [['silence'], { command: 'silences' }],
  [['silence', '--end', 'abc'], { command: 'unsilence', id: 'abc' }],
  [['test', '--help'], { command: 'help' }],
])('%j is parsed', (args, expected) => {
  expect(parseArguments(args)).toEqual(expected);
});

test.each([
  [['drop'], 'Expected list, test or silence, got `drop`'],
  [['test', 'x'], 'Expected nothing after test, got `x`'],
  [['--limit', '0'], 'Expected --limit to be a positive whole number, got `0`'],
  [['--desktop'], 'Expected --desktop together with --follow'],
  [['silence', 's1', 'soon'], 'Expected a session or all, and a time such as 30m, 2h or 1d, got `s1 soon`'],
  [['silence', 's1'], 'Expected a session or all, and a time such as 30m, 2h or 1d, got `s1`'],
  [['--fast'], "Unknown option '--fast'"],
])('%j is refused in one sentence', (args, sentence) => {
  expect(() => parseArguments(args)).toThrow(sentence);
});
