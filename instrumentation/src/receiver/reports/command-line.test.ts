import { expect, test } from 'vitest';
import { autoCompactArgument, commandLineOf } from './command-line.ts';

test.each([
  ['claude --autocompact 120000 hello', 120_000],
  ['claude -p --autocompact=120k', 120_000],
  ['claude --autocompact 1m', 1_000_000],
  ['claude --autocompact auto', 100_000_000],
  ['claude -p hello', undefined],
  ['claude --autocompact 12x', undefined],
  ['claude -p what-is--autocompact 5', undefined],
])('the argument in `%s` sets %s tokens', (commandLine, tokens) => {
  expect(autoCompactArgument(commandLine)).toBe(tokens);
});

test('the command line of a process has its arguments, and that of a process that is gone is empty', async () => {
  expect(await commandLineOf(process.pid)).toContain('vitest');
  expect(await commandLineOf(2 ** 30)).toBe('');
});
