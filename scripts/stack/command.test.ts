import { expect, test } from 'vitest';
import { lastWords, runCommand } from './command.ts';

test('a command gets each argument as it is', async () => {
  const awkward = ['a b', "it's", '$HOME', '`id`', '{{.Name}}', '', '"; exit 3'];
  const result = await runCommand(process.execPath, [
    '-p',
    'JSON.stringify(process.argv.slice(1))',
    ...awkward,
  ]);
  expect([result.exitCode, JSON.parse(result.stdout)]).toEqual([0, awkward]);
});

test('a command that is not there ends with 127 and says so in one line', async () => {
  const result = await runCommand('no-such-program', [], { env: { PATH: '/nonexistent' } });
  expect(result.exitCode).toBe(127);
  expect(lastWords(result)).toMatch(/^no-such-program: (command )?not found$/);
});

test('a command that takes too long is ended', async () => {
  const result = await runCommand('sleep', ['30'], { timeoutMillis: 100 });
  expect(result.exitCode).not.toBe(0);
});
