import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';

test('defaults to the user settings and asks before writing', () => {
  expect(parseArguments([], '/work')).toEqual({
    help: false,
    scope: 'user',
    folder: '/work',
    yes: false,
    dryRun: false,
    nudge: undefined,
    statusLine: true,
    replaceStatusLine: false,
  });
});

test('resolves the project from the current folder', () => {
  const args = ['--scope', 'project', '--project', 'shop', '-y', '--dry-run', '--no-status-line'];
  expect(parseArguments(args, '/work')).toMatchObject({
    scope: 'project',
    folder: '/work/shop',
    yes: true,
    dryRun: true,
    statusLine: false,
  });
});

test.each([
  [['--scope', 'all'], 'Expected --scope to be user or project, got `all`'],
  [['--project', 'x'], 'Expected --project only with --scope project'],
  [['--what'], "Unknown option '--what'"],
])('refuses %j', (args, sentence) => {
  expect(() => parseArguments(args, '/')).toThrow(sentence);
  expect(() => parseArguments(args, '/')).toThrow('See npm run connect -- --help');
});
