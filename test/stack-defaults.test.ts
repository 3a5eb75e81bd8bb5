import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../compose/system/command.ts';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { sharedPath } from '../compose/runtime/state.ts';
import { inBothRuntimes, inRuntime, start, storeOf } from './both-runtimes.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

/** Paths of VictoriaMetrics and vmalert that change or reveal something. A flush does neither, and VictoriaMetrics calls it itself. */
const adminPaths = [
  ['VICTORIAMETRICS', '/api/v1/admin/tsdb/delete_series?match[]=x'],
  ['VICTORIAMETRICS', '/snapshot/create'],
  ['VICTORIAMETRICS', '/snapshot/list'],
  ['VICTORIAMETRICS', '/snapshot/delete_all'],
  ['VICTORIAMETRICS', '/internal/force_merge'],
  ['VICTORIAMETRICS', '/internal/resetRollupResultCache'],
  ['VICTORIAMETRICS', '/internal/log_new_series'],
  ['VICTORIAMETRICS', '/api/v1/admin/status/metric_names_stats/reset'],
  ['VICTORIAMETRICS', '/config'],
  ['VICTORIAMETRICS', '/-/reload'],
  ['VICTORIAMETRICS', '/flags'],
  ['VICTORIAMETRICS', '/debug/pprof/heap'],
  ['VMALERT', '/-/reload'],
  ['VMALERT', '/flags'],
  ['VMALERT', '/debug/pprof/heap'],
] as const;

const urlOf = ({ env }: StackCommands, part: string) => `http://127.0.0.1:${env[`CTXD_${part}_PORT`]}`;

/** Sends one sample with a label to the collector. */
async function send(stack: StackCommands, label: string): Promise<number> {
  const point = {
    timeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
    asDouble: 1,
    attributes: [{ key: 'label', value: { stringValue: label } }],
  };
  const metrics = [{ name: 'ctxd_limit_test', gauge: { dataPoints: [point] } }];
  const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  const token = await readFile(sharedPath(stack.stateDir, 'collectorToken'), 'utf8');
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return (await fetch(`${urlOf(stack, 'COLLECTOR')}/v1/metrics`, { method: 'POST', body, headers })).status;
}

async function labelsStored(stack: StackCommands): Promise<string[]> {
  const answer: { data: { result: { metric: { label: string } }[] } } = JSON.parse(
    await (await fetchFrom(await storeOf(stack), '/api/v1/query?query=ctxd_limit_test&nocache=1')).text(),
  );
  return answer.data.result.map(({ metric }) => metric.label);
}

/** How Docker runs each container of the stack. */
async function hostConfigs({ env }: StackCommands) {
  const filter = `label=com.docker.compose.project=${env.CTXD_PROJECT}`;
  const { stdout } = await runCommand('docker', ['ps', '--quiet', '--filter', filter]);
  const inspected = await runCommand('docker', ['inspect', ...stdout.trim().split('\n')]);
  const containers: { Name: string; Config: { User: string }; HostConfig: Record<string, unknown> }[] =
    JSON.parse(inspected.stdout);
  return containers;
}

inBothRuntimes((runtime) => {
  test('refuses others, limits its input, and keeps its secrets', async () => {
    await using stack = await stackCommands(runtime);
    const { exitCode, output } = await start(stack);
    expect(exitCode).toBe(0);
    for (const [part, path] of adminPaths)
      expect([path, (await fetch(urlOf(stack, part) + path, { method: 'POST' })).status]).toEqual([
        path,
        401,
      ]);

    const origin = { headers: { origin: 'https://elsewhere.example' } };
    for (const [part, path] of [
      ['COLLECTOR', '/v1/metrics'],
      ['VICTORIAMETRICS', '/api/v1/query?query=1'],
      ['VMALERT', '/api/v1/rules'],
      ['RECEIVER', '/v1/sources'],
    ] as const) {
      const response = await fetch(urlOf(stack, part) + path, origin);
      expect([part, response.headers.get('access-control-allow-origin')]).toEqual([part, null]);
    }

    expect(await send(stack, 'x'.repeat(33 * 1_024 * 1_024))).toBeGreaterThanOrEqual(400);
    expect(await send(stack, 'y'.repeat(1_025))).toBe(200);
    expect(await send(stack, 'short')).toBe(200);
    expect(await waitUntil(async () => (await labelsStored(stack)).includes('short'), 60_000)).toBe(true);
    expect(await labelsStored(stack)).toEqual(['short']);

    for (const name of [
      'victoriametrics-key',
      'victoriametrics-password',
      'victoriametrics-credentials',
      'vmalert-key',
      'grafana-password',
      'alertmanager-password',
      'collector-token',
      'receiver-token',
    ]) {
      const file = join(stack.stateDir, 'secrets', name);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(output).not.toContain(await readFile(file, 'utf8'));
    }
  });
});

inRuntime('docker', () => {
  test('gives its containers no more rights than they need', async () => {
    await using stack = await stackCommands('docker');
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const containers = await hostConfigs(stack);
    expect(containers).toHaveLength(5);
    for (const { Config, HostConfig } of containers) {
      expect(Config.User).toBe(`${process.getuid?.()}:${process.getgid?.()}`);
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        Privileged: false,
        CapDrop: ['ALL'],
        CapAdd: null,
        SecurityOpt: ['no-new-privileges:true'],
        PidsLimit: 256,
        Memory: expect.any(Number),
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 8 },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      });
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(JSON.stringify(HostConfig)).not.toContain('docker.sock');
      const bindings = Object.values(HostConfig.PortBindings as Record<string, { HostIp: string }[]>).flat();
      expect(new Set(bindings.map(({ HostIp }) => HostIp))).toEqual(new Set(['127.0.0.1']));
    }
  });
});
