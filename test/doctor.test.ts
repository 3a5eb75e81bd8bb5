import { expect, test } from 'vitest';
import { recordingReceiver, temporaryHome } from './claude-code-home.ts';

test('the doctor lists what to do, and reports that all is well once it is done', async () => {
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
  await using claude = await temporaryHome('{}');
  const names = ['RECEIVER', 'COLLECTOR', 'COLLECTOR_HEALTH', 'VICTORIAMETRICS'];
  const ports = Object.fromEntries(names.map((name) => [`CTXD_${name}_PORT`, String(stack.port)]));
  const sick = await claude.call('doctor', [], ports);
  expect(sick).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/TO DO +hooks .*To do:\n +npm run connect/s),
  });
  await claude.call('connect', ['--yes'], ports);
  const well = await claude.call('doctor', [], ports);
  expect(well.stdout).toMatch(
    /statusline +\d+ s ago +1 +fix login \(abcdefgh\)\notlp +8 min ago +1 +wrong_type 2/,
  );
  expect(well).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('All is well.') });
  const json = JSON.parse((await claude.call('doctor', ['--json'], ports)).stdout) as object;
  expect(json).toMatchObject({ isWell: true, sources: [{ source: 'statusline' }, { source: 'otlp' }] });
});

test('the doctor reports a settings file that Claude Code skips, and a stack that is not running', async () => {
  await using claude = await temporaryHome('{,}');
  const nothing = Object.fromEntries(
    ['RECEIVER', 'COLLECTOR', 'COLLECTOR_HEALTH', 'VICTORIAMETRICS'].map((name) => [
      `CTXD_${name}_PORT`,
      '9',
    ]),
  );
  const { stdout, exitCode } = await claude.call('doctor', [], nothing);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('settings.json:1:2: not valid JSON');
  expect(stdout).toContain('Does not answer on http://127.0.0.1:9.');
  expect(stdout).toContain('Start the stack: npm run stack:up');
});
