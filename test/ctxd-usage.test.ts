import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../compose/runtime/command.ts';
import { testFolder } from '../compose/runtime/test-folder.ts';
import { ctxd, ctxdProcess } from './ctxd-command.ts';

describe('a command line that is wrong', () => {
  test.each([
    [['monitr'], "error: unknown command 'monitr'\n(Did you mean monitor?)"],
    [['monitor', '--intervall', '2'], "error: unknown option '--intervall'\n(Did you mean --interval?)"],
    [['export', '--format', 'xml'], 'Allowed choices are csv, jsonl'],
    [['monitor', '--interval', '0'], 'Expected seconds from 1 to 3600.'],
    [['replay', 'x', '--speed', '-1'], 'Expected a factor above 0'],
    [['show'], "missing required argument 'session'"],
    [['compare', 'one'], 'Expected two sessions or more to compare'],
    [['sessions', '--url', 'nonsense'], 'Expected a URL such as http://127.0.0.1:8428, got `nonsense`'],
    [['sessions', '--all', '--since', 'soon'], 'Expected --since to be a time ago'],
  ])('%j ends with status 2 and says what is meant', async (args, message) => {
    const { exitCode, stdout, stderr } = await ctxd(args);
    expect(stderr).toContain(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });
});

test('every command explains itself with an example', async () => {
  for (const command of ['monitor', 'sessions', 'show', 'name', 'export', 'compare', 'replay']) {
    const { exitCode, stdout } = await ctxd([command, '--help']);
    expect({ command, exitCode }).toEqual({ command, exitCode: 0 });
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  \\$ ctxd ${command}`));
  }
});

test('the other programs are handed their arguments and their exit status handed on', async () => {
  const stack = await ctxdProcess(['stack', '--help']);
  expect(stack).toMatchObject({ exitCode: 0, stderr: '' });
  expect(stack.stdout).toContain('npm run stack:');
  const wrong = await ctxdProcess(['stack', 'sideways']);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toContain('sideways');
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s gets a script', async (shell) => {
    const { exitCode, stdout } = await ctxdProcess(['completion', shell]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('ctxd');
    if (shell !== 'bash') return;
    await using folder = await testFolder();
    await writeFile(join(folder.path, 'completion.sh'), stdout);
    const { exitCode: syntax, output } = await runCommand('bash', ['-n', join(folder.path, 'completion.sh')]);
    expect({ syntax, output }).toEqual({ syntax: 0, output: '' });
  });

  test('commands, options and choices are completed', async () => {
    expect((await ctxdProcess(['complete', '--', 'mon'])).stdout).toMatch(/^monitor\t/m);
    expect((await ctxdProcess(['complete', '--', 'export', '--fo'])).stdout).toMatch(/^--format\t/m);
    expect((await ctxdProcess(['complete', '--', 'export', '--format', ''])).stdout).toMatch(/^jsonl/m);
  });
});

describe('credentials', () => {
  async function askedWith(args: (url: string) => string[], env: NodeJS.ProcessEnv = {}, status = 200) {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"data":{"result":[]}}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const result = await ctxd(args(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), env);
    server.close();
    return { ...result, seen: new Set(seen) };
  }

  test('in the URL are sent as basic authentication', async () => {
    const { seen } = await askedWith((url) => ['sessions', '--url', url.replace('//', '//me:p%40ss@')]);
    expect(seen).toEqual(new Set([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]));
  });

  test('from a file or the environment are sent as a bearer token', async () => {
    await using folder = await testFolder();
    const file = join(folder.path, 'token');
    await writeFile(file, 'secret\n');
    const byFile = await askedWith((url) => ['sessions', '--url', url, '--token-file', file]);
    const byEnvironment = await askedWith((url) => ['sessions', '--url', url], { CTXD_TOKEN: 'other' });
    expect([byFile.seen, byEnvironment.seen]).toEqual([
      new Set(['Bearer secret']),
      new Set(['Bearer other']),
    ]);
  });

  test('that are refused are said to be, without showing them', async () => {
    const { stderr, exitCode } = await askedWith(
      (url) => ['sessions', '--url', url],
      { CTXD_TOKEN: 'secret' },
      401,
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:\d+ refuses these credentials \(401\)\n$/);
  });
});
