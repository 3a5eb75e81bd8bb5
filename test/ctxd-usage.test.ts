import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../compose/system/command.ts';
import { testFolder } from '../compose/runtime/test-folder.ts';
import { commands } from '../scripts/ctxd/command-table.ts';
import { commandNames } from '../scripts/stack/command-table.ts';
import { ctxd, ctxdProcess } from './ctxd-command.ts';

const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};

describe('a wrong command line', () => {
  test.each([
    [['monitr'], "error: unknown command 'monitr'\n(Did you mean monitor?)"],
    [['statsu'], "error: unknown command 'statsu'\n(Did you mean status?)"],
    [['stack', 'statsu'], 'got `statsu`\nDid you mean status?\n'],
    [['logs', 'vmalrt'], 'got `vmalrt`\nDid you mean vmalert?\n'],
    [['alerts', 'silnce'], 'got `silnce`\nDid you mean silence?\n'],
    [['dashboards', 'psh'], 'Expected push, got `psh`\nDid you mean push?\n'],
    [['monitor', '--intervall', '2'], "error: unknown option '--intervall'\n(Did you mean --interval?)"],
    [['export', '--format', 'xml'], 'Allowed choices are csv, jsonl'],
    [['monitor', '--interval', '0'], 'Expected seconds from 1 to 3600.'],
    [['replay', 'x', '--speed', '-1'], 'Expected a factor above 0'],
    [['show'], "missing required argument 'session'"],
    [['compare', 'one'], 'Expected two sessions or more to compare'],
    [['sessions', '--url', 'nonsense'], 'Expected a URL such as http://127.0.0.1:8428, got `nonsense`'],
    [['sessions', '--since', '7d'], 'Expected --since and --until only with --all'],
    [['sessions', '--all', '--since', 'soon'], 'Expected --since to be a time ago'],
  ])('%j ends with status 2 and a message: %s', async (args, message) => {
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

test('the other commands get their arguments, and their exit status is passed on', async () => {
  const stack = await ctxdProcess(['stack', '--help']);
  expect(stack).toMatchObject({ exitCode: 0, stderr: '' });
  expect(stack.stdout).toContain('npm run stack:');
  const wrong = await ctxdProcess(['stack', 'sideways']);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toContain('sideways');
});

test.each(['-v', 'up -v', 'stack --version', 'monitor -v', 'alerts test --version'])(
  'ctxd %s prints the version',
  async (words) => {
    expect(await ctxd(words.split(' '))).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  },
);

test.each([
  ...commandNames,
  'stack',
  'stack up',
  'connect',
  'disconnect',
  'doctor',
  'alerts',
  'alerts test',
  'alerts silence',
  'dashboards push',
  'demo',
  'receiver',
  'generate',
  'bench',
  'monitor',
  'completion',
])('ctxd %s explains itself, by -h as by --help', async (command) => {
  const byLetter = await ctxdProcess([...command.split(' '), '-h']);
  expect(byLetter).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^Usage: /) });
  expect(await ctxdProcess([...command.split(' '), '--help'])).toEqual(byLetter);
  expect(await ctxdProcess(['help', ...command.split(' ').slice(0, 1)])).toMatchObject({ exitCode: 0 });
});

test('ctxd --help lists every command', async () => {
  const { stdout } = await ctxd(['--help']);
  const listed = Array.from(stdout.matchAll(/^ {2}([a-z]+)/gm), ([, name]) => name);
  expect(listed).toEqual(expect.arrayContaining([...Object.keys(commands), 'monitor', 'completion', 'help']));
});

describe('unknown settings', () => {
  test('get a warning on standard error and change nothing else', async () => {
    await using folder = await testFolder();
    const env = { CTXD_STATE_DIR: folder.path, CTXD_RETENTON: '30d' };
    const { exitCode, stdout, stderr } = await ctxdProcess(['status', '--json'], env);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ command: 'status', status: 'stopped', warnings: [] });
    expect(stderr).toBe(
      'CTXD_RETENTON is not a setting of ctxd. Did you mean CTXD_RETENTION?\nThe stack is not running. Start it: npm run stack:up\n',
    );
  });

  test('in ctxd.env get a warning, too, and its settings count unless the environment has others', async () => {
    await using folder = await testFolder();
    const repository = join(import.meta.dirname, '..');
    for (const name of ['package.json', 'alerts', 'compose', 'dashboards', 'instrumentation', 'scripts'])
      await cp(join(repository, name), join(folder.path, name), {
        recursive: true,
        filter: (path) => basename(path) !== 'node_modules',
      });
    await symlink(join(repository, 'node_modules'), join(folder.path, 'node_modules'));
    const settings = `CTXD_STATE_DIR=${folder.path}/state\nCTXD_GRAFANA_PRT=1\nCTXD_GRAFANA_PORT=x\nwrong\n`;
    await writeFile(join(folder.path, 'ctxd.env'), settings);
    const run = async (env: NodeJS.ProcessEnv) =>
      await runCommand(process.execPath, [join(folder.path, 'scripts/ctxd.cjs'), 'down'], {
        env: { ...process.env, CTXD_STATE_DIR: undefined, ...env },
      });
    const { exitCode, output } = await run({});
    expect(exitCode).toBe(2);
    expect(output).toContain(
      'ctxd.env:2: CTXD_GRAFANA_PRT is not a setting of ctxd. Did you mean CTXD_GRAFANA_PORT?\n',
    );
    expect(output).toContain('ctxd.env:4: ignored, because it is not NAME=value.\n');
    expect(output).toContain('Expected CTXD_GRAFANA_PORT to be a port number from 1 to 65535, got `x`');
    expect(await run({ CTXD_GRAFANA_PORT: '3000' })).toMatchObject({ exitCode: 0 });
  });
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
    expect((await ctxdProcess(['complete', '--', 'resta'])).stdout).toMatch(/^restart\t/m);
    expect((await ctxdProcess(['complete', '--', 'up', '--runtime', ''])).stdout).toMatch(/^native/m);
    expect((await ctxdProcess(['complete', '--', 'logs', 'vm'])).stdout).toMatch(/^vmalert/m);
    expect((await ctxdProcess(['complete', '--', 'stack', 'sta'])).stdout).toMatch(/^status\t/m);
    expect((await ctxdProcess(['complete', '--', 'export', '--fo'])).stdout).toMatch(/^--format\t/m);
    expect((await ctxdProcess(['complete', '--', 'export', '--format', ''])).stdout).toMatch(/^jsonl/m);
  });
});

describe('credentials', () => {
  async function requestOf(args: (url: string) => string[], env: NodeJS.ProcessEnv = {}, status = 200) {
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
    const { seen } = await requestOf((url) => ['sessions', '--url', url.replace('//', '//me:p%40ss@')]);
    expect(seen).toEqual(new Set([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]));
  });

  test('from a file or the environment are sent as a bearer token', async () => {
    await using folder = await testFolder();
    const file = join(folder.path, 'token');
    await writeFile(file, 'secret\n');
    const byFile = await requestOf((url) => ['sessions', '--url', url, '--token-file', file]);
    const byEnvironment = await requestOf((url) => ['sessions', '--url', url], { CTXD_TOKEN: 'other' });
    expect([byFile.seen, byEnvironment.seen]).toEqual([
      new Set(['Bearer secret']),
      new Set(['Bearer other']),
    ]);
  });

  test('that are refused cause an error that does not show them', async () => {
    const { stderr, exitCode } = await requestOf(
      (url) => ['sessions', '--url', url],
      { CTXD_TOKEN: 'secret' },
      401,
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:\d+ refuses these credentials \(401\)\n$/);
  });
});
