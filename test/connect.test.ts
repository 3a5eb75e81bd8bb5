import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseArguments } from '../scripts/connect/arguments.ts';
import { connect } from '../scripts/connect/connect.ts';
import {
  bare,
  endOf,
  expectReported,
  payload,
  recordingReceiver,
  temporaryHome,
} from './claude-code-home.ts';
import { hasTmux, openTerminal } from './tmux.ts';

const original = `{
    "permissions": { "allow": [ "Read" ] },
    "statusLine": {"type": "command", "command": "printf 'caf\\u00e9 \\\\033[31m%s' \\"$(cat)\\"", "padding": 1}
}`;
test('connecting twice changes nothing more, and disconnecting restores the same bytes', async () => {
  await using claude = await temporaryHome(original);
  const first = await claude.run('connect', ['--yes']);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).toContain('+         "OTEL_LOGS_EXPORTER": "otlp",');
  expect(await claude.run('connect', ['--yes'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Already connected: nothing to change.'),
  });
  const settings = JSON.parse(await claude.read()) as { statusLine: { command: string } };
  expect(settings.statusLine.command).toContain(`${claude.home}/.claude/ctxd/status-line.sh`);

  await writeFile(claude.file, (await claude.read()).replace('"Read"', '"Read", "Edit"'));
  expect(await claude.run('disconnect', ['--yes'])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await claude.read()).toBe(original.replace('"Read"', '"Read", "Edit"'));
  expect(await readdir(join(claude.home, '.claude'))).toEqual(['settings.json']);
  expect((await claude.run('disconnect')).stdout).toContain('Not connected');
});

test.each([
  [[], '', 1],
  [[], 'n\n', 1],
  [['--dry-run'], 'y\n', 0],
])('writes nothing without a yes (%j, %j)', async (args, answer, exitCode) => {
  await using claude = await temporaryHome(original);
  const ended = await claude.run('connect', args, { answer });
  expect(await claude.call('connect', args, { answer })).toMatchObject({ exitCode });
  expect(ended).toMatchObject({ exitCode, stdout: expect.stringContaining('Nothing was written') });
  expect(await claude.read()).toBe(original);
  expect(await readdir(join(claude.home, '.claude'))).toEqual(['settings.json']);
});

test.skipIf(!hasTmux)('writes nothing at Ctrl-C, and says so (needs tmux)', async () => {
  await using claude = await temporaryHome(original);
  await using terminal = await openTerminal({ columns: 80, rows: 24, env: { HOME: claude.home } });
  await terminal.enter(`${process.execPath} ${join(import.meta.dirname, '../scripts/ctxd.cjs')} connect`);
  await terminal.expectShown('Write this change? [y/N]');
  await terminal.press('C-c');
  expect(await terminal.expectShown('Nothing was written.')).not.toContain('    at ');
  expect(await claude.read()).toBe(original);
});

test('accepts yes as an answer, and creates a missing folder', async () => {
  await using claude = await temporaryHome();
  const elsewhere = { CLAUDE_CONFIG_DIR: join(claude.home, 'work'), answer: 'y\n' };
  expect(await claude.run('connect', [], elsewhere)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readdir(elsewhere.CLAUDE_CONFIG_DIR)).toEqual(['ctxd', 'settings.json']);
  expect(await claude.run('disconnect', [], elsewhere)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readdir(elsewhere.CLAUDE_CONFIG_DIR)).toEqual([]);
});

test("connects a project in its settings.local.json, around the user's status line", async () => {
  await using claude = await temporaryHome(original);
  const project = join(claude.home, 'shop');
  const args = ['--scope', 'project', '--project', 'shop', '--yes'];
  expect(await claude.call('connect', args)).toMatchObject({ exitCode: 0, stderr: '' });
  const local = await claude.read(join(project, '.claude/settings.local.json'));
  expect(JSON.parse(local)).toMatchObject({
    statusLine: { padding: 1, command: expect.stringContaining('café') },
  });
  expect(await claude.read()).toBe(original);
  expect(await claude.call('disconnect', args)).toMatchObject({ exitCode: 0 });
  expect(await readdir(join(project, '.claude'))).toEqual([]);
});

test('connecting again uses a changed port', async () => {
  await using claude = await temporaryHome(original);
  await claude.call('connect', ['--yes']);
  const moved = { CTXD_RECEIVER_PORT: '5319', CTXD_COLLECTOR_PORT: '5318' };
  expect(await claude.call('connect', ['--yes'], moved)).toMatchObject({ exitCode: 0 });
  expect(await claude.read()).toMatch(/5319\/claude-code\/statusline' 'printf/);
  expect(await claude.read()).not.toMatch(/431[89]/);
  await claude.call('disconnect', ['--yes'], moved);
  expect(await claude.read()).toBe(original);
});

test("leaves the user's own telemetry alone and says what to do", async () => {
  await using claude = await temporaryHome(
    '{"env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example.com"}}',
  );
  const { stdout } = await claude.call('connect', ['--yes']);
  expect(stdout).toContain('settings.json sets OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com');
  expect(JSON.parse(await claude.read())).toMatchObject({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com' },
    hooks: { SessionEnd: [{}] },
  });
  expect(await claude.read()).not.toContain('CLAUDE_CODE_ENABLE_TELEMETRY');
});

test('disconnects the remaining settings, and only if the user agrees', async () => {
  await using claude = await temporaryHome(original);
  await claude.call('connect', ['--yes']);
  const connected = await claude.read();
  expect(await claude.call('disconnect', [], { answer: 'n' })).toMatchObject({ exitCode: 1 });
  expect(await claude.call('disconnect', ['--dry-run'])).toMatchObject({ exitCode: 0 });
  expect(await claude.read()).toBe(connected);
  await writeFile(
    claude.file,
    connected.replace('"timeout": 5', '"timeout": 9').replace('"padding": 1', '"padding": 2'),
  );
  const ended = await claude.call('disconnect', ['--yes']);
  expect(ended.stderr).toContain('settings.json by hand: hooks.SessionStart');
  expect(await claude.read()).toContain('"padding": 2');
  expect(await claude.call('disconnect')).toMatchObject({ exitCode: 1 });
});

test('does not overwrite a change made while the question is open', async () => {
  await using claude = await temporaryHome(original);
  const theirs = original.replace('Read', 'Edit');
  const surface = {
    env: { HOME: claude.home },
    folder: claude.home,
    print: () => {},
    printError: () => {},
    ask: async () => await writeFile(claude.file, theirs).then(() => 'y'),
  };
  await expect(connect(parseArguments([], claude.home), surface)).rejects.toThrow(
    'has changed since it was read',
  );
  expect(await claude.read()).toBe(theirs);
});

test('says so when nothing can be connected', async () => {
  await using claude = await temporaryHome(
    '{"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": "0"}, "statusLine": {}}',
  );
  await mkdir(join(claude.home, 'bin'));
  await writeFile(join(claude.home, 'bin/claude'), '#!/bin/sh\necho "2.1.60 (Claude Code)"\n', {
    mode: 0o755,
  });
  const ended = await claude.call('connect', ['--yes'], { PATH: join(claude.home, 'bin') });
  expect(ended).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('There is nothing to connect.'),
  });
  expect(ended.stdout).toContain('Claude Code 2.1.60 does not support them. Update it to 2.1.76 or later');
});

test("says to keep a project's settings file out of git", async () => {
  await using claude = await temporaryHome();
  await promisify(execFile)('git', ['init', '--quiet', claude.home]);
  const args = ['--scope', 'project', '--yes'];
  expect((await claude.call('connect', args)).stdout).toContain(
    'add .claude/settings.local.json to .gitignore',
  );
  await claude.call('disconnect', args);
  await writeFile(join(claude.home, '.gitignore'), '.claude/settings.local.json\n');
  expect((await claude.call('connect', args)).stdout).not.toContain('.gitignore');
});

test.each([
  ['a comment', '{\n  // mine\n}', ':2:3: not valid JSON (a comment).', 1],
  ['a wrong type', '{"hooks": []}', 'Expected `hooks` to be an object, got an array', 1],
])('refuses %s with a message and changes nothing', async (_, settings, sentence, exitCode) => {
  await using claude = await temporaryHome(settings);
  const ended = await claude.call('connect', ['--yes']);
  expect(ended).toMatchObject({ exitCode, stderr: expect.stringContaining(sentence) });
  expect(ended.stderr).not.toContain('    at ');
  expect(await claude.read()).toBe(settings);
});

test('updates an older connection with HTTP hooks, and still restores the exact bytes', async () => {
  await using claude = await temporaryHome(original);
  await claude.call('connect', ['--yes']);
  const record = (await readdir(join(claude.home, '.claude/ctxd'))).find((name) => name.endsWith('.json'));
  const recordFile = join(claude.home, '.claude/ctxd', record!);
  const { path, before, after } = JSON.parse(await claude.read(recordFile)) as Record<string, string>;
  const settings = JSON.parse(after!) as { hooks: object };
  const url = 'http://127.0.0.1:4319/claude-code/hooks';
  const http = [{ hooks: [{ type: 'http', url, timeout: 1 }] }];
  const older = JSON.stringify({ ...settings, hooks: { PostCompact: http, SessionEnd: http } }, null, 4);
  await writeFile(claude.file, older);
  await writeFile(recordFile, JSON.stringify({ path, before, after: older }));

  expect((await claude.call('doctor')).stdout).toContain('Left from an older connection');
  expect(await claude.call('connect', ['--yes'])).toMatchObject({ exitCode: 0 });
  expect(await claude.read()).not.toContain('"http"');
  expect(await claude.read()).toContain('"async": true');
  await claude.call('disconnect', ['--yes']);
  expect(await claude.read()).toBe(original);
});

test('refuses a file that is read-only, and writes through a link', async () => {
  await using claude = await temporaryHome(original);
  await chmod(claude.file, 0o444);
  const refused = await claude.call('connect', ['--yes']);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it is read-only for you') });
  await chmod(claude.file, 0o644);
  await mkdir(join(claude.home, 'other'));
  await symlink(claude.file, join(claude.home, 'other/settings.json'));
  await claude.call('connect', ['--yes'], { CLAUDE_CONFIG_DIR: join(claude.home, 'other') });
  expect(await claude.read()).toContain('CLAUDE_CODE_ENABLE_TELEMETRY');
});

test('lists what to remove by hand when the record is lost', async () => {
  await using claude = await temporaryHome(original);
  await claude.call('connect', ['--yes']);
  await rm(join(claude.home, '.claude/ctxd'), { recursive: true });
  const ended = await claude.call('disconnect', ['--yes']);
  expect(ended).toMatchObject({ exitCode: 1 });
  expect(ended.stderr).toContain('by hand: hooks.SessionStart, hooks.SessionEnd, statusLine');
});

test.each([
  ['connect', ['--what'], {}],
  ['doctor', ['--what'], {}],
  ['connect', ['--dry-run'], { CTXD_RECEIVER_PORT: 'x' }],
] as ['connect' | 'doctor', string[], Record<string, string>][])(
  'ends %s %j with status 2 and a message',
  async (command, args, env) => {
    await using claude = await temporaryHome(original);
    const ended = await claude.run(command, args, env);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).not.toContain('    at ');
  },
);

test.each(['connect', 'disconnect', 'doctor'] as const)('%s explains itself', async (command) => {
  await using claude = await temporaryHome();
  const ended = await claude.run(command, ['--help']);
  expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Usage: npm run/) });
});

test("the connected settings send the JSON to the receiver and keep the status line's old output", async () => {
  await using receiver = await recordingReceiver();
  await using claude = await temporaryHome(original);
  await claude.call('connect', ['--yes'], { CTXD_RECEIVER_PORT: String(receiver.port) });
  const { statusLine } = JSON.parse(await claude.read()) as { statusLine: { command: string } };
  const { statusLine: before } = JSON.parse(original) as { statusLine: { command: string } };
  const shown = await endOf(bare(before.command));
  await expectReported(receiver, async () => {
    expect(await endOf(bare(statusLine.command))).toEqual(shown);
  });
  expect(new Set(receiver.received.map(({ body }) => body))).toEqual(new Set([payload]));
});
