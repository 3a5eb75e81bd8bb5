import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lastWords, runCommand } from './command.ts';
import { waitUntil } from '../runtime/health.ts';
import { startTimeOf } from './process.ts';
import { testFolder } from '../runtime/test-folder.ts';

test('a command receives each argument unchanged', async () => {
  const awkward = ['a b', "it's", '$HOME', '`id`', '{{.Name}}', '', '"; exit 3'];
  const result = await runCommand(process.execPath, [
    '-p',
    'JSON.stringify(process.argv.slice(1))',
    ...awkward,
  ]);
  expect([result.exitCode, JSON.parse(result.stdout)]).toEqual([0, awkward]);
});

test('a command that does not exist has exit code 127 and one line of output', async () => {
  const result = await runCommand('no-such-program', [], { env: { PATH: '/nonexistent' } });
  expect(result.exitCode).toBe(127);
  expect(lastWords(result)).toMatch(/^no-such-program: (command )?not found$/);
});

test('a command that takes too long is stopped', async () => {
  const result = await runCommand('sleep', ['30'], { timeoutMillis: 100 });
  expect(result.exitCode).not.toBe(0);
});

describe('an interrupt', () => {
  test('stops a command and its children, even without programs on PATH', async () => {
    await using folder = await testFolder();
    const interrupt = new AbortController();
    const pidFile = join(folder.path, 'pid');
    const running = runCommand('/bin/sh', ['-c', `/bin/sleep 60 & echo $! > '${pidFile}'; wait`], {
      env: { PATH: '/nowhere' },
      signal: interrupt.signal,
    });
    const pid = async () => Number(await readFile(pidFile, 'utf8').catch(() => '0'));
    await waitUntil(async () => (await pid()) > 0, 60_000);
    interrupt.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(await waitUntil(async () => (await startTimeOf(await pid())) === undefined, 60_000)).toBe(true);
    await expect(runCommand('/bin/true', [], { signal: interrupt.signal })).rejects.toThrow('enough');
  });
});
