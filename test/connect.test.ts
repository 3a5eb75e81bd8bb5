import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { bare, endOf, payload, recordingReceiver, temporaryHome } from './claude-code-home.ts';

const original = `{
    "permissions": { "allow": [ "Read" ] },
    "statusLine": {"type": "command", "command": "printf 'caf\\u00e9 \\\\033[31m%s' \\"$(cat)\\"", "padding": 1}
}`;
it('connects, says so the second time, and gives back the very same bytes', async () => {
  await using claude = await temporaryHome(original);
  const first = await claude.run('connect.ts', ['--yes']);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).toContain('+         "OTEL_LOGS_EXPORTER": "otlp",');
  expect(await claude.run('connect.ts', ['--yes'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Connected already: nothing to change.'),
  });
  const settings = JSON.parse(await claude.read()) as { statusLine: { command: string } };
  expect(settings.statusLine.command).toContain(`${claude.home}/.claude/ctxd/status-line.sh`);

  await writeFile(claude.file, (await claude.read()).replace('"Read"', '"Read", "Edit"'));
  expect(await claude.run('disconnect.ts', ['--yes'])).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await claude.read()).toBe(original.replace('"Read"', '"Read", "Edit"'));
  expect(await readdir(join(claude.home, '.claude'))).toEqual(['settings.json']);
  expect((await claude.run('disconnect.ts')).stdout).toContain('Not connected');
});

it.each([
  [[], '', 1],
  [[], 'n\n', 1],
  [['--dry-run'], 'y\n', 0],
])('writes nothing without a yes (%j, %j)', async (args, answer, exitCode) => {
  await using claude = await temporaryHome(original);
  const ended = await claude.run('connect.ts', args, { answer });
  expect(ended).toMatchObject({ exitCode, stdout: expect.stringContaining('Nothing was written') });
  expect(await claude.read()).toBe(original);
  expect(await readdir(join(claude.home, '.claude'))).toEqual(['settings.json']);
});

it('takes yes for an answer, and a folder that is not there yet', async () => {
  await using claude = await temporaryHome();
  const elsewhere = { CLAUDE_CONFIG_DIR: join(claude.home, 'work'), answer: 'y\n' };
  expect(await claude.run('connect.ts', [], elsewhere)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readdir(elsewhere.CLAUDE_CONFIG_DIR)).toEqual(['ctxd', 'settings.json']);
  expect(await claude.run('disconnect.ts', [], elsewhere)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readdir(elsewhere.CLAUDE_CONFIG_DIR)).toEqual([]);
});

it("connects a project in its settings.local.json, around the user's status line", async () => {
  await using claude = await temporaryHome(original);
  const project = join(claude.home, 'shop');
  const args = ['--scope', 'project', '--project', 'shop', '--yes'];
  expect(await claude.run('connect.ts', args)).toMatchObject({ exitCode: 0, stderr: '' });
  const local = await claude.read(join(project, '.claude/settings.local.json'));
  expect(JSON.parse(local)).toMatchObject({
    statusLine: { padding: 1, command: expect.stringContaining('café') },
  });
  expect(await claude.read()).toBe(original);
  expect(await claude.run('disconnect.ts', args)).toMatchObject({ exitCode: 0 });
  expect(await readdir(join(project, '.claude'))).toEqual([]);
});

it('follows a port that has changed since', async () => {
  await using claude = await temporaryHome(original);
  await claude.run('connect.ts', ['--yes']);
  const moved = { CTXD_RECEIVER_PORT: '5319', CTXD_COLLECTOR_PORT: '5318' };
  expect(await claude.run('connect.ts', ['--yes'], moved)).toMatchObject({ exitCode: 0 });
  expect(await claude.read()).toMatch(/5319\/claude-code\/statusline' 'printf/);
  expect(await claude.read()).not.toMatch(/431[89]/);
  await claude.run('disconnect.ts', ['--yes'], moved);
  expect(await claude.read()).toBe(original);
});

it("leaves the user's own telemetry alone and says what to do", async () => {
  await using claude = await temporaryHome(
    '{"env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example.com"}}',
  );
  const { stdout } = await claude.run('connect.ts', ['--yes']);
  expect(stdout).toContain('settings.json has OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com');
  expect(JSON.parse(await claude.read())).toMatchObject({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com' },
    hooks: { SessionEnd: [{}] },
  });
  expect(await claude.read()).not.toContain('CLAUDE_CODE_ENABLE_TELEMETRY');
});

it.each([
  ['a comment', '{\n  // mine\n}', ':2:3: not valid JSON (a comment).', 1],
  ['a wrong type', '{"hooks": []}', 'Expected `hooks` to be an object, got an array', 1],
])('refuses %s in a sentence and changes nothing', async (_, settings, sentence, exitCode) => {
  await using claude = await temporaryHome(settings);
  const ended = await claude.run('connect.ts', ['--yes']);
  expect(ended).toMatchObject({ exitCode, stderr: expect.stringContaining(sentence) });
  expect(ended.stderr).not.toContain('    at ');
  expect(await claude.read()).toBe(settings);
});

it('refuses a file that is read-only, and writes through a link', async () => {
  await using claude = await temporaryHome(original);
  await chmod(claude.file, 0o444);
  const refused = await claude.run('connect.ts', ['--yes']);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it is read-only for you') });
  await chmod(claude.file, 0o644);
  await mkdir(join(claude.home, 'other'));
  await symlink(claude.file, join(claude.home, 'other/settings.json'));
  await claude.run('connect.ts', ['--yes'], { CLAUDE_CONFIG_DIR: join(claude.home, 'other') });
  expect(await claude.read()).toContain('CLAUDE_CODE_ENABLE_TELEMETRY');
});

it('tells what to take out by hand when the record is lost', async () => {
  await using claude = await temporaryHome(original);
  await claude.run('connect.ts', ['--yes']);
  await rm(join(claude.home, '.claude/ctxd'), { recursive: true });
  const ended = await claude.run('disconnect.ts', ['--yes']);
  expect(ended).toMatchObject({ exitCode: 1 });
  expect(ended.stderr).toContain('by hand: hooks.PostCompact, hooks.SessionEnd, statusLine');
});

it.each([
  ['connect.ts', ['--what'], {}],
  ['doctor.ts', ['--what'], {}],
  ['connect.ts', ['--dry-run'], { CTXD_RECEIVER_PORT: 'x' }],
] as [string, string[], Record<string, string>][])(
  'ends %s %j with status 2 and a sentence',
  async (script, args, env) => {
    await using claude = await temporaryHome(original);
    const ended = await claude.run(script, args, env);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).not.toContain('    at ');
  },
);

it.each(['connect.ts', 'disconnect.ts', 'doctor.ts'])('%s explains itself', async (script) => {
  await using claude = await temporaryHome();
  const ended = await claude.run(script, ['--help']);
  expect(ended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Usage: npm run/) });
});

it('the settings that connect writes bring the JSON to the receiver and the old output to the bar', async () => {
  await using receiver = await recordingReceiver();
  await using claude = await temporaryHome(original);
  await claude.run('connect.ts', ['--yes'], { CTXD_RECEIVER_PORT: String(receiver.port) });
  const { statusLine } = JSON.parse(await claude.read()) as { statusLine: { command: string } };
  const { statusLine: before } = JSON.parse(original) as { statusLine: { command: string } };
  expect(await endOf(bare(statusLine.command))).toEqual(await endOf(bare(before.command)));
  await vi.waitFor(() => expect(receiver.received.map(({ body }) => body)).toEqual([payload]), 5_000);
});

it('the doctor tells what to do, then that all is well', async () => {
  const answers: Record<string, unknown> = {
    '/healthz': {},
    '/v1/sources': {
      sources: [
        { source: 'statusline', lastSeenAtMillis: Date.now() - 3_000, sessions: 1, ignored: {} },
        { source: 'otlp', lastSeenAtMillis: Date.now() - 500_000, sessions: 1, ignored: { wrong_type: 2 } },
      ],
    },
    '/v1/sessions': {
      sessions: [{ id: 'abcdefghij', name: 'fix login', sources: { statusline: Date.now() } }],
    },
    '/api/v1/query': { data: { result: [{ value: [0, '2'] }] } },
  };
  await using stack = await recordingReceiver(
    (request, response) =>
      void response.end(JSON.stringify(answers[new URL(`http://x${request.url}`).pathname] ?? {})),
  );
  await using claude = await temporaryHome(original);
  const names = ['RECEIVER', 'COLLECTOR', 'COLLECTOR_HEALTH', 'VICTORIAMETRICS'];
  const ports = Object.fromEntries(names.map((name) => [`CTXD_${name}_PORT`, String(stack.port)]));
  const sick = await claude.run('doctor.ts', [], ports);
  expect(sick).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/TO DO +hooks .*To do:\n +npm run connect/s),
  });
  await claude.run('connect.ts', ['--yes'], ports);
  const well = await claude.run('doctor.ts', [], ports);
  expect(well.stdout).toMatch(
    /statusline +\d s ago +1 +fix login \(abcdefgh\)\notlp +8 min ago +1 +wrong_type 2/,
  );
  expect(well).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('All is well.') });
  const json = JSON.parse((await claude.run('doctor.ts', ['--json'], ports)).stdout) as object;
  expect(json).toMatchObject({ isWell: true, sources: [{ source: 'statusline' }, { source: 'otlp' }] });
});

it('the doctor names a settings file that Claude Code skips, and a stack that is not there', async () => {
  await using claude = await temporaryHome('{,}');
  const nothing = Object.fromEntries(
    ['RECEIVER', 'COLLECTOR', 'COLLECTOR_HEALTH', 'VICTORIAMETRICS'].map((name) => [
      `CTXD_${name}_PORT`,
      '9',
    ]),
  );
  const { stdout, exitCode } = await claude.run('doctor.ts', [], nothing);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('settings.json:1:2: not valid JSON');
  expect(stdout).toContain('Does not answer on http://127.0.0.1:9.');
  expect(stdout).toContain('Start the stack: npm run stack:up');
});
