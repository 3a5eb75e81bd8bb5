import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionMetrics } from 'koa-context-window';
import { startBackend, storeUrlOf, type Backend } from './backend.ts';
import { ctxd, ctxdPath, type CtxdResult } from './ctxd-command.ts';
import { startKoaApp, type KoaApp } from './koa-app.ts';
import { makeVisible, query, waitForAnswer } from './promql.ts';
import { hasTmux, openTerminal } from './tmux.ts';

let backend: Backend;
let app: KoaApp;
let naming: CtxdResult;

const { contextTokens, contextUsagePercent, tokensSaved } = sessionMetrics;
const only = (metric: string, id: string) => `${metric}{session_id="${id}"}`;
const expectAt = (metric: string, id: string, value: number) =>
  waitForAnswer(backend, only(metric, id), (samples) => samples[0]?.value === value);
/** Waits until a value is held long enough for a history with a point each second to show it. */
const expectHeld = (metric: string, id: string, value: number) =>
  waitForAnswer(
    backend,
    `count_eq_over_time(${only(metric, id)}[1m], ${value})`,
    (samples) => (samples[0]?.value ?? 0) >= 3,
  );

/** A session that fills, is checkpointed and ends; one that stays; one whose name is a formula. */
beforeAll(async () => {
  backend = await startBackend({ withReceiver: true });
  app = await startKoaApp(backend.urls.collector);
  for (const tokens of [100_000, 150_000, 185_000]) {
    await app.send('filled', { tokens });
    await expectHeld(contextTokens.name, 'filled', tokens);
  }
  await app.send('filled', { saved: 90_000, tokens: 60_000 });
  await app.send('steady', { tokens: 20_000 });
  const url = `${backend.urls.receiver}/v1/sessions/named`;
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/usage`, { method: 'POST', headers, body: JSON.stringify({ tokensUsed: 50_000 }) });
  naming = await ctxd(['name', 'nam', '=HYPERLINK("http://x")', '--receiver', backend.urls.receiver]);
  await expectAt(tokensSaved.name, 'filled', 90_000);
  await expectHeld(contextTokens.name, 'filled', 60_000);
  await waitForAnswer(backend, 'contextd_session_info{session_name=~"=.*"}', ({ length }) => length === 1);
  await app.send('filled', { end: true });
  await waitForAnswer(backend, only(contextTokens.name, 'filled'), ({ length }) => length === 0);
}, 900_000);

afterAll(async () => {
  await app?.stop();
  await backend?.[Symbol.asyncDispose]();
});

const ctxdWithStore = async (...args: string[]) => await ctxd([...args, '--url', storeUrlOf(backend)]);
const rowsOf = (jsonLines: string) =>
  jsonLines
    .trimEnd()
    .split('\n')
    .map((row) => JSON.parse(row) as Record<string, unknown>);

describe('ctxd export', () => {
  test('writes a row per session with its figures', async () => {
    const { stdout, stderr, exitCode } = await ctxdWithStore('export', '--format', 'jsonl');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '3 rows\n' });
    const row = rowsOf(stdout).find(({ session_id: id }) => id === 'filled');
    expect(row).toMatchObject({
      peak_tokens: 185_000,
      window_tokens: 200_000,
      peak_percent: 92.5,
      warning_crossings: 1,
      critical_crossings: 1,
      checkpoints: 1,
      tokens_saved: 90_000,
      cost_usd: null,
    });
    const [tfirst, tlast] = await Promise.all(
      ['tfirst_over_time', 'tlast_over_time'].map(async (first) => {
        const [sample] = await query(backend, `max(${first}(${only(contextTokens.name, 'filled')}[1h]))`);
        return (sample?.value ?? 0) * 1_000;
      }),
    );
    // The first sample is taken an export interval after the first report, or later on a busy machine.
    expect(Math.abs(Date.parse(String(row?.['start'])) - (tfirst ?? 0))).toBeLessThan(10_000);
    expect(Date.parse(String(row?.['end']))).toBe(tlast);
  });

  test('escapes formulas in CSV, and leaves the name as it is in JSON lines', async () => {
    const csv = await ctxdWithStore('export', 'named');
    expect(csv.stdout.split('\r\n')[1]).toMatch(/^named,"'=HYPERLINK\(""http:\/\/x""\)",/);
    const json = await ctxdWithStore('export', 'named', '--format', 'jsonl');
    expect(rowsOf(json.stdout)).toMatchObject([{ session_id: 'named', name: '=HYPERLINK("http://x")' }]);
  });

  test('writes every sample that the database has, and nothing else', async () => {
    const end = Date.now() / 1_000;
    const { stdout } = await ctxdWithStore(
      'export',
      'filled',
      '--what',
      'samples',
      '--format',
      'jsonl',
      '--until',
      new Date(end * 1_000).toISOString(),
    );
    const exported = rowsOf(stdout).filter(({ metric }) => metric === contextUsagePercent.name);
    expect(exported.map(({ time, value }) => [Date.parse(String(time)), value])).toEqual(
      await rawSamples(only(contextUsagePercent.name, 'filled'), end),
    );
    expect(new Set(rowsOf(stdout).map(({ metric }) => metric))).toEqual(
      new Set(Object.values(sessionMetrics).map(({ name }) => name)),
    );
    expect(new Set(rowsOf(stdout).map(({ session_id: id }) => id))).toEqual(new Set(['filled']));
  });

  test('writes a million samples in 64 MB', async () => {
    await storeSamples(10, 100_000);
    const args = ['export', '--what', 'samples', '--since', '45d', '--until', '30d'];
    const node = ['--max-old-space-size=64', ctxdPath, ...args, '--url', storeUrlOf(backend)];
    const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'pipe'] });
    let lines = 0;
    child.stdout.on('data', (chunk: Buffer) => (lines += chunk.toString('latin1').split('\n').length - 1));
    const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ exitCode, stderr, lines }).toEqual({
      exitCode: 0,
      stderr: '1,000,000 rows\n',
      lines: 1_000_001,
    });
  });
});

async function rawSamples(selector: string, endSeconds: number): Promise<[number, number][]> {
  const parameters = new URLSearchParams({
    query: `${selector}[1h]`,
    time: String(endSeconds),
    latency_offset: '1ms',
    nocache: '1',
  });
  const response = await fetch(`${backend.urls.victoriametrics}/api/v1/query?${parameters.toString()}`, {
    headers: { authorization: backend.storeAuthorization },
  });
  const answer = (await response.json()) as { data: { result: { values: [number, string][] }[] } };
  // NaN marks the end of the session.
  return (answer.data.result[0]?.values ?? [])
    .filter(([, value]) => value !== 'NaN')
    .map(([seconds, value]) => [Math.round(seconds * 1_000), Number(value)]);
}

async function storeSamples(sessions: number, count: number): Promise<void> {
  const headers = { authorization: backend.storeAuthorization };
  const startMillis = Date.now() - 40 * 86_400_000;
  for (let session = 0; session < sessions; session += 1) {
    const values = Array.from({ length: count }, (_, index) => index);
    const timestamps = values.map((index) => startMillis + index * 1_000);
    const metric = { __name__: contextTokens.name, session_id: `bulk-${session}` };
    const body = JSON.stringify({ metric, values, timestamps });
    await fetch(`${backend.urls.victoriametrics}/api/v1/import`, { method: 'POST', body, headers });
  }
  await makeVisible(backend);
}

test('ctxd name names a live session, and refuses others', async () => {
  expect(naming).toMatchObject({ exitCode: 0, stdout: 'named is now called =HYPERLINK("http://x")\n' });
  expect(await ctxd(['name', 'filled', 'x', '--receiver', backend.urls.receiver])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('The receiver knows no live session filled.'),
  });
});

describe('ctxd sessions', () => {
  test('lists live sessions', async () => {
    const { stdout } = await ctxdWithStore('sessions');
    expect(stdout).toMatch(/^steady +steady +ok +10% +20K \/ 200K /m);
    expect(stdout).not.toContain('filled');
  });

  test('--all also lists past sessions', async () => {
    const { stdout } = await ctxdWithStore('sessions', '--all');
    expect(stdout).toMatch(/^filled .* 92\.5% +1 \/ 1 +1 +90K$/m);
    expect(stdout).toMatch(/^steady /m);
  });

  test('--json prints JSON for scripts', async () => {
    const { stdout } = await ctxdWithStore('sessions', '--json');
    expect(JSON.parse(stdout)).toMatchObject([
      { id: 'named', severity: 'ok' },
      { id: 'steady', usagePercent: 10 },
    ]);
  });
});

describe('ctxd show', () => {
  test('shows the graph, the checkpoint and the states of a past session, found by the start of its id', async () => {
    const { stdout, exitCode } = await ctxdWithStore('show', 'fill');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Session filled');
    expect(stdout).toMatch(/185K → 60K {3}saved 90K/);
    expect(stdout).toMatch(/✗ critical/);
  });

  test('--json prints its history', async () => {
    const { stdout } = await ctxdWithStore('show', 'filled', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'filled',
      checkpoints: [{ tokensBefore: 185_000, tokensAfter: 60_000, tokensSaved: 90_000 }],
    });
  });

  test('suggests what to do when there is no such session', async () => {
    const { stderr, exitCode } = await ctxdWithStore('show', 'nobody');
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'There is no session nobody in this time range. See npm run sessions -- --all, or look further back with --since 90d\n',
    );
  });
});

test('ctxd compare puts sessions side by side', async () => {
  const { stdout } = await ctxdWithStore('compare', 'filled', 'steady');
  expect(stdout).toMatch(/^ +filled +steady$/m);
  expect(stdout).toMatch(/^Peak +185K \(92\.5%\) +20K \(10%\)$/m);
  expect(stdout).toMatch(/^Saved each +90K +–$/m);
  expect(stdout).toMatch(/^Usage +[▁-█]+ +[▁-█]+$/m);
});

test('ctxd replay into a pipe ends with the session', async () => {
  const { stdout, exitCode } = await ctxdWithStore('replay', 'filled', '--speed', '100');
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('60K / 200K')]);
});

test.skipIf(!hasTmux)('ctxd replay plays a past session back as it was (needs tmux)', async () => {
  await using terminal = await openTerminal({ columns: 80, rows: 30 });
  await terminal.enter(
    [process.execPath, ctxdPath, 'replay', 'filled', '--speed', '1', '--url', storeUrlOf(backend)].join(' '),
  );
  for (const usage of ['100K / 200K', '150K / 200K', '185K / 200K', '60K / 200K'])
    await terminal.expectShown(`Usage: ${usage}`);
  expect(await terminal.expectShown('185K → 60K')).toContain('saved 90K');
  await terminal.press('q');
  await terminal.expectShown(/\n[$#]/);
});
