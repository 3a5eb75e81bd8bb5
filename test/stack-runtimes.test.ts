import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parts } from '../compose/parts.ts';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { takeLock } from '../compose/system/lock.ts';
import { inBothRuntimes, partOf, silence, silences, start, statusOf, storeOf } from './both-runtimes.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

const required = parts.filter(({ optional }) => !optional).map(({ name }) => name);

const jsonOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout);

async function valueOf(stack: StackCommands, metric: string): Promise<string | undefined> {
  const answer: unknown = await (
    await fetchFrom(await storeOf(stack), `/api/v1/query?query=${metric}`)
  ).json();
  return (answer as { data: { result: { value: [number, string] }[] } }).data.result[0]?.value[1];
}

inBothRuntimes((runtime) => {
  test('started twice at once starts once, and the other run waits and finds it running', async () => {
    await using stack = await stackCommands(runtime);
    const runs = await Promise.all([start(stack), start(stack)]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const outputs = runs.map(({ stdout }) => /The stack is (up after|already running)/.exec(stdout)?.[1]);
    expect(new Set(outputs)).toEqual(new Set(['already running', 'up after']));
  });

  test.each([
    ['while it checks', /Checking /],
    ['while it begins', /Starting /],
    ['while parts get healthy', /healthy after/],
    ['while the sample is under way', /Sending a sample/],
  ])(
    'interrupted %s leaves nothing behind, ends with 130, and starts the next time',
    async (_when, phase) => {
      await using stack = await stackCommands(runtime);
      const { exitCode, output } = await stack.runUntil(phase, 'SIGINT', 'up', '--without', 'grafana');
      expect([exitCode, output]).toEqual([130, expect.stringContaining('Interrupted')]);
      expect(await stack.leftovers()).toEqual([]);
      expect(await readdir(stack.stateDir)).not.toContain('lock');
      if (phase.source.startsWith('Sending')) expect(await start(stack)).toMatchObject({ exitCode: 0 });
    },
  );

  test('recovers with another up after the first was killed, and restarts with new settings', async () => {
    await using stack = await stackCommands(runtime);
    await stack.runUntil(/Starting /, 'SIGKILL', 'up', '--without', 'grafana');
    const healed = await start(stack);
    expect([healed.exitCode, healed.output]).toEqual([0, expect.stringMatching(/up after|already running/)]);
    const before = await stack.pidOf('collector');
    stack.env.CTXD_ALERT_WEBHOOK_URL = 'http://198.51.100.1/hook';
    const changed = await start(stack);
    expect(changed.stdout).toContain('Settings or versions changed: alertmanager\n');
    expect(await stack.pidOf('collector')).toBe(before);
    expect((await start(stack)).stdout).toContain('already running');
  });

  test('restarts each part that was killed', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    for (const name of required) process.kill(await stack.pidOf(name), 'SIGKILL');
    const restarted = async () =>
      (await statusOf(stack)).data.parts.filter((part) => part.restarts === 1).length;
    expect(await waitUntil(async () => (await restarted()) === required.length, 120_000)).toBe(true);
    expect(await waitUntil(async () => (await statusOf(stack)).status === 'healthy', 120_000)).toBe(true);
  });

  test('has logs, restarts, a backup and a restore, a reset, and answers in JSON', async () => {
    await using stack = await stackCommands(runtime);
    const up = await start(stack, '--json');
    expect(jsonOf(up)).toMatchObject({
      command: 'up',
      status: 'healthy',
      data: {
        runtime,
        started: required,
        otlpEndpoint: `http://127.0.0.1:${stack.env.CTXD_COLLECTOR_PORT}`,
      },
      error: null,
    });
    const status = await statusOf(stack);
    expect(status).toMatchObject({ status: 'healthy', data: { retention: '90d' } });
    for (const part of status.data.parts.filter(({ state }) => state === 'healthy')) {
      expect(part).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        uptimeSeconds: expect.any(Number),
        memoryBytes: expect.any(Number),
        dataBytes: expect.any(Number),
      });
      expect(part.memoryBytes).toBeGreaterThan(1_000_000);
    }
    expect((await stack.run('logs', 'collector')).stdout).toContain('Everything is ready');
    const { lines } = jsonOf(await stack.run('logs', 'collector', '--json', '--tail', '1000')).data;
    expect(lines).toContainEqual(expect.stringContaining('Everything is ready'));
    expect(await stack.run('restart', 'grafana')).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('The stack runs without grafana.\n'),
    });
    const followed = await stack.runUntil(/Everything is ready/, 'SIGINT', 'logs', 'collector', '-f');
    expect(followed.exitCode).toBe(130);

    const before = await stack.pidOf('vmalert');
    expect(await stack.run('restart', 'vmalert')).toMatchObject({ exitCode: 0 });
    expect(await stack.pidOf('vmalert')).not.toBe(before);

    const silenced = await silence(stack);
    const sample = await valueOf(stack, 'ctxd_stack_probe');
    const file = join(stack.stateDir, '../backup.tar.gz');
    expect(await stack.run('backup', file)).toMatchObject({ exitCode: 0 });
    expect(await readdir(join(stack.stateDir, 'data/victoriametrics/snapshots'))).toEqual([]);
    expect(await stack.run('reset')).toMatchObject({
      exitCode: 2,
      output: expect.stringContaining('npm run stack:reset -- --yes'),
    });
    expect(await stack.run('reset', '--yes')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Deleted .+: [\d.]+ [KM]iB/m),
    });
    expect(await stack.leftovers()).toEqual([]);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    expect(await valueOf(stack, 'ctxd_stack_probe')).not.toBe(sample);
    expect(await stack.run('restore', file, '--yes')).toMatchObject({ exitCode: 0 });
    const isBack = async () => (await valueOf(stack, 'ctxd_stack_probe')) === sample;
    expect(await waitUntil(isBack, 60_000)).toBe(true);
    expect(await silences(stack)).toContain(silenced);
    expect(
      (await readdir(stack.stateDir)).filter((name) => /^(restore|replaced|backup)-/.test(name)),
    ).toEqual([]);
  });

  test.each([
    [
      { CTXD_RETENTION: 'for ever' },
      /victoriametrics rejects its configuration; nothing was started: .*retentionPeriod/,
    ],
    [
      { CTXD_MODEL_WINDOWS: 'much' },
      /receiver rejects its configuration; nothing was started: .*CTXD_MODEL_WINDOWS/,
    ],
  ])('refuses %j before anything is started', async (settings, refusal) => {
    await using stack = await stackCommands(runtime, settings);
    const { exitCode, output } = await start(stack);
    expect([exitCode, output]).toEqual([1, expect.stringMatching(refusal)]);
    expect(await stack.leftovers()).toEqual([]);
  });

  test('names the run that holds the stack, and with --dry-run changes nothing', async () => {
    await using stack = await stackCommands(runtime);
    const dry = await start(stack, '--dry-run');
    expect(dry).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/start collector +0\.162\.0/),
    });
    expect(await readdir(join(stack.stateDir, '..'))).toEqual([]);
    await using lock = await takeLock({ folder: stack.stateDir, command: 'stack:upgrade', waitMillis: 0 });
    expect(lock).toBeDefined();
    const { exitCode, output } = await start(stack, '--timeout', '1');
    expect([exitCode, output]).toEqual([
      6,
      expect.stringContaining(
        `Another command is working on this stack: stack:upgrade (process ${process.pid}`,
      ),
    ]);
  });

  test('with --ports auto replaces taken ports by free ones', async () => {
    await using stack = await stackCommands(runtime);
    await using taken = createServer().listen(Number(stack.env.CTXD_VMALERT_PORT), '127.0.0.1');
    await once(taken, 'listening');
    const { exitCode, stdout } = await start(stack, '--ports', 'auto', '--without', 'grafana,alertmanager');
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(`Port ${stack.env.CTXD_VMALERT_PORT} is taken, so vmalert uses \\d+`),
    ]);
    expect(await partOf(stack, 'vmalert')).toMatchObject({ state: 'healthy' });
    expect(await partOf(stack, 'alertmanager')).toMatchObject({ state: 'left out' });
  });

  test('refuses samples without the token', async () => {
    await using stack = await stackCommands(runtime);
    const { exitCode, stdout } = await start(stack);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('export CTXD_COLLECTOR_TOKEN_FILE=')]);
    const token = await readFile(join(stack.stateDir, 'secrets/collector-token'), 'utf8');
    const send = async (headers: Record<string, string>) => {
      const url = `http://127.0.0.1:${stack.env.CTXD_COLLECTOR_PORT}/v1/metrics`;
      const request = {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', ...headers },
      };
      return (await fetch(url, request)).status;
    };
    expect(await send({})).toBe(401);
    expect(await send({ authorization: `Bearer ${token}` })).toBe(200);
    expect(stdout).not.toContain(token);
  });
});
