import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { sessionMetrics } from '../instrumentation/src/metrics.ts';
import { fetchFrom, type Server } from '../dashboards/source/http-client.ts';
import { storeOf } from './both-runtimes.ts';
import { temporaryHome } from './claude-code-home.ts';
import { claudeCode } from './claude-code-session.ts';
import { type StackCommands, stackCommands } from './stack-commands.ts';
import { certificateFor, startConnectProxy, startTlsGate } from './tls-gate.ts';

const few = ['--without', 'grafana,vmalert,alertmanager'];
const collectorUrl = ({ env }: StackCommands) => `http://127.0.0.1:${env['CTXD_COLLECTOR_PORT']}`;
const tokenOf = (stack: StackCommands) => join(stack.stateDir, 'secrets/collector-token');
/** A laptop whose receiver sees no sessions but those of the test. */
const laptop = (host: string, more: NodeJS.ProcessEnv = {}) =>
  stackCommands('native', {
    CTXD_HOST_NAME: host,
    CTXD_RECEIVER_AUTH: '0',
    CTXD_COLLECTOR_AUTH: '0',
    CTXD_TRANSCRIPTS_DIR: '',
    CTXD_SESSIONS_DIR: '',
    ...more,
  });

async function valuesOf(store: Server, query: string): Promise<string[]> {
  const answer = await fetchFrom(store, `/api/v1/query?${new URLSearchParams({ query }).toString()}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return data.result.map(({ value }) => value[1]);
}

const report = async (stack: StackCommands, id: string, tokensUsed: number) => {
  const receiver = `http://127.0.0.1:${stack.env['CTXD_RECEIVER_PORT']}`;
  await claudeCode({ collector: collectorUrl(stack), receiver }).statusline(id, { tokensUsed });
};

const tokens = (id: string) => `${sessionMetrics.contextTokens.name}{session_id="${id}"}`;
const samples = (id: string) => `sum(count_over_time(${tokens(id)}[1h]))`;

test('a laptop sends its metrics to another stack and loses none while that is away', async () => {
  await using central = await stackCommands('native');
  expect(await central.run('up', ...few)).toMatchObject({ exitCode: 0 });
  await using own = await laptop('desk-7');
  const wrong = join(own.stateDir, '../wrong');
  await writeFile(wrong, 'wrong\n');
  const sendTo = ['--send-to', collectorUrl(central), '--token-file'];
  const refused = await own.run('up', ...few, ...sendTo, wrong);
  expect(refused.output).toContain(`${collectorUrl(central)} refuses the token in ${wrong} (401).`);
  expect(refused.exitCode).toBe(1);
  expect(await own.leftovers()).toEqual([]);

  const token = join(own.stateDir, '../token');
  await writeFile(token, await readFile(tokenOf(central)));
  const { exitCode, output } = await own.run('up', ...few, ...sendTo, token);
  expect([exitCode, output]).toEqual([0, expect.stringContaining('They are stored here, too.')]);
  const [here, there] = [await storeOf(own), await storeOf(central)];
  await report(own, 's1', 50_000);
  await vi.waitFor(async () => expect(await valuesOf(there, tokens('s1'))).toEqual(['50000']), 60_000);
  const hosts = `count by (host) (contextd_session_info{session_id="s1", host="desk-7"})`;
  expect(await valuesOf(there, hosts)).toEqual(['1']);

  await using claude = await temporaryHome('{}');
  const env = { CTXD_STATE_DIR: own.stateDir };
  const connected = await claude.call('connect', ['--dry-run'], env);
  expect(connected.stdout).toContain(`figures of your sessions go to ${collectorUrl(central)}.`);
  expect(connected.stdout).not.toContain('Nothing leaves');
  expect((await claude.call('doctor', [], env)).stdout).toMatch(/^ok +other stack +\S+ takes our metrics/m);

  await central.run('down');
  for (const tokensUsed of [60_000, 70_000, 80_000]) {
    await report(own, 's1', tokensUsed);
    await vi.waitFor(
      async () => expect(await valuesOf(here, tokens('s1'))).toEqual([String(tokensUsed)]),
      60_000,
    );
  }
  expect((await claude.call('doctor', [], env)).stdout).toMatch(/^note +other stack +\S+ does not answer/m);
  // What waits is on disk.
  expect(await own.run('restart', 'collector')).toMatchObject({ exitCode: 0 });
  expect(await central.run('up', ...few)).toMatchObject({ exitCode: 0 });
  await vi.waitFor(async () => {
    const [sent, arrived] = [await valuesOf(here, samples('s1')), await valuesOf(there, samples('s1'))];
    expect(arrived).toEqual(sent);
  }, 120_000);
  expect(await valuesOf(there, tokens('s1'))).toEqual(['80000']);

  await writeFile(tokenOf(central), 'another');
  await vi.waitFor(async () => {
    expect((await claude.call('doctor', [], env)).stdout).toContain('refuses our token (401)');
    const failed = 'otelcol_exporter_send_failed_metric_points_total{exporter="otlp_http/remote"}';
    expect(Number((await valuesOf(here, failed))[0])).toBeGreaterThan(0);
  }, 120_000);
});

test('a laptop without a store sends by TLS, with its own authority, a name and a proxy', async () => {
  await using central = await stackCommands('native');
  expect(await central.run('up', ...few)).toMatchObject({ exitCode: 0 });
  const certificate = await certificateFor('ctxd.example');
  await using gate = await startTlsGate(Number(central.env['CTXD_COLLECTOR_PORT']), certificate);
  await using proxy = await startConnectProxy({ 'ctxd.example:443': gate.port });
  await using own = await laptop('desk-8', {
    CTXD_REMOTE_URL: 'https://ctxd.example',
    CTXD_REMOTE_TOKEN_FILE: tokenOf(central),
    HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
  });
  const authority = join(own.stateDir, '../authority.pem');
  await writeFile(authority, certificate.cert);

  const strict = await own.run('up', '--without', 'victoriametrics', '--dry-run');
  expect(strict).toMatchObject({ exitCode: 0 });
  own.env['CTXD_REMOTE_CA_FILE'] = authority;
  const { exitCode, output } = await own.run('up', '--without', 'victoriametrics');
  expect(output).not.toContain('does not answer');
  expect([exitCode, output]).toEqual([0, expect.stringContaining('They are not stored here')]);
  expect((await own.leftovers()).toSorted()).toEqual(['collector', 'receiver', 'supervisor']);
  await report(own, 's2', 50_000);
  const there = await storeOf(central);
  await vi.waitFor(async () => expect(await valuesOf(there, tokens('s2'))).toEqual(['50000']), 60_000);
  const telemetry = 'count(otelcol_process_uptime_seconds_total{service_instance_id="desk-8"})';
  await vi.waitFor(async () => expect(await valuesOf(there, telemetry)).toEqual(['1']), 60_000);
  await using claude = await temporaryHome('{}');
  const env = { CTXD_STATE_DIR: own.stateDir };
  const doctor = await claude.call('doctor', [], env);
  expect(doctor.stdout).toMatch(/^ok +other stack +\S+ takes our metrics/m);
  expect(doctor.stdout).not.toContain('victoriametrics');
});

test('connect prints settings for a collector on another machine, and writes nothing', async () => {
  await using claude = await temporaryHome('{}');
  const token = join(claude.home, 'token');
  await writeFile(token, 'hush-hush');
  const args = ['--collector', 'https://127.0.0.1:1/', '--token-file', 'token', '--ca-file', '/ca.pem'];
  const { exitCode, stdout, stderr } = await claude.call('connect', args);
  expect([exitCode, JSON.parse(stdout)]).toEqual([
    0,
    {
      env: expect.objectContaining({
        CLAUDE_CODE_ENABLE_TELEMETRY: '1',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:1',
        NODE_EXTRA_CA_CERTS: '/ca.pem',
      }),
      otelHeadersHelper: expect.stringContaining(`cat '${token}'`),
    },
  ]);
  expect(stdout).not.toContain('hush-hush');
  expect(stderr).toContain('go to https://127.0.0.1:1');
  expect(stderr).toContain('Warning: https://127.0.0.1:1 does not answer');
  expect(await claude.read()).toBe('{}');
  await expect(claude.call('connect', ['--collector', 'http://ctxd.example'])).resolves.toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Expected --collector to be an https URL'),
  });
});
