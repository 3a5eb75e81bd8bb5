import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { imageReference, partNamed } from '../compose/parts.ts';
import { programs } from '../compose/programs/programs.ts';
import { acquire } from '../compose/programs/acquire.ts';
import { runCommand } from '../compose/system/command.ts';
import { alertmanagerOf, inBothRuntimes, partOf, start, statusOf } from './both-runtimes.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

const accepted = 'TLS is disabled';
const webhook = 'http://198.51.100.1/hook';

/** An Alertmanager that accepts its configuration and then never answers, once `fail` has changed the settings. */
async function failingAlertmanager(stack: StackCommands) {
  const { [stack.runtime]: prepare } = { native: muteProgram, docker: muteImage };
  const mute = await prepare(stack);
  const before = { ...stack.env };
  return {
    fail: () => void Object.assign(stack.env, mute.variables, { CTXD_ALERT_WEBHOOK_URL: webhook }),
    mend: () => {
      for (const name of [...Object.keys(mute.variables), 'CTXD_ALERT_WEBHOOK_URL']) delete stack.env[name];
      Object.assign(stack.env, before);
    },
    [Symbol.asyncDispose]: mute.remove,
  };
}

/** A program on `PATH` that runs the real one unless the webhook is configured. */
async function muteProgram({ env, program }: StackCommands) {
  const real = await acquire(programs.alertmanager, { env, print: console.log });
  const path = await program(
    'bin/alertmanager',
    `if grep -qs ${webhook} -- "\${1#--config.file=}"; then echo ${accepted}; exec sleep 600; fi; exec '${real}' "$@"`,
  );
  env.PATH = `${dirname(path)}${delimiter}${env.PATH}`;
  return { variables: {}, remove: async () => {} };
}

/** An image that never answers. */
async function muteImage({ env }: StackCommands) {
  const node = env.CTXD_RECEIVER_IMAGE ?? imageReference(partNamed('receiver').image);
  const image = `${env.CTXD_PROJECT}-mute`;
  const script = `process.on('SIGTERM', () => process.exit()); setTimeout(console.log, 6e5, console.log('${accepted}'))`;
  const { stdout } = await runCommand('docker', ['create', node]);
  const container = stdout.trim();
  const entrypoint = `ENTRYPOINT ${JSON.stringify(['node', '--eval', script, '--'])}`;
  await runCommand('docker', ['commit', '--change', entrypoint, container, image]);
  await runCommand('docker', ['rm', container]);
  return {
    variables: { CTXD_ALERTMANAGER_IMAGE: image },
    remove: async () => void (await runCommand('docker', ['image', 'rm', '--force', image])),
  };
}

/** Runs `stack:up` with the fewest parts that these tests need. */
const startFew = async (stack: StackCommands, ...args: string[]) =>
  await start(stack, '--without', 'grafana,vmalert,receiver', ...args);

const configOf = async (stack: StackCommands) =>
  await (await fetchFrom(await alertmanagerOf(stack), '/api/v2/status')).text();

inBothRuntimes((runtime) => {
  test('ends with 5 when a part does not get healthy in time, and leaves nothing behind', async () => {
    await using stack = await stackCommands(runtime);
    await using alertmanager = await failingAlertmanager(stack);
    alertmanager.fail();
    const { exitCode, output } = await startFew(stack, '--timeout', '10');
    expect([exitCode, output]).toEqual([
      5,
      expect.stringContaining('alertmanager was not healthy within 10 s'),
    ]);
    expect(output).not.toContain('No longer running');
    expect(await stack.leftovers()).toEqual([]);
  });

  test('runs as before after new settings have failed, and applies better ones', async () => {
    await using stack = await stackCommands(runtime);
    await using alertmanager = await failingAlertmanager(stack);
    expect(await startFew(stack)).toMatchObject({ exitCode: 0 });
    const collector = await stack.pidOf('collector');
    alertmanager.fail();
    const { exitCode, output } = await startFew(stack, '--timeout', '10');
    expect([exitCode, output]).toEqual([
      5,
      expect.stringContaining(
        `Restarting with the former settings: alertmanager (${runtime}) …\n  alertmanager     healthy`,
      ),
    ]);
    expect(output).not.toContain('No longer running');
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
    expect(await configOf(stack)).not.toContain('receiver: webhook');
    alertmanager.mend();
    expect((await startFew(stack)).stdout).toContain('already running');
    expect(await stack.pidOf('collector')).toBe(collector);
    stack.env.CTXD_ALERT_WEBHOOK_URL = 'http://198.51.100.2/hook';
    expect((await startFew(stack)).stdout).toContain('Settings or versions changed: alertmanager\n');
    expect(await configOf(stack)).toContain('receiver: webhook');
  });

  test('runs as before after a change of every part was interrupted', async () => {
    await using stack = await stackCommands(runtime);
    expect(await start(stack)).toMatchObject({ exitCode: 0 });
    const before = { ...stack.env };
    Object.assign(stack.env, {
      CTXD_ALERT_WEBHOOK_URL: webhook,
      CTXD_COLLECTOR_AUTH: '0',
      CTXD_RETENTION: '30d',
      CTXD_WARNING_PERCENT: '60',
    });
    const { exitCode, output } = await stack.runUntil(/^Starting /m, 'SIGINT', 'up', '--without', 'grafana');
    const all = 'collector, victoriametrics, alertmanager, vmalert, receiver';
    expect([exitCode, output]).toEqual([
      130,
      expect.stringContaining(`Restarting with the former settings: ${all} (${runtime}) …`),
    ]);
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy', data: { retention: '90d' } });
    for (const name of Object.keys(stack.env)) if (!(name in before)) delete stack.env[name];
    expect((await start(stack)).stdout).toContain('already running');
  });

  test('also restarts a part that did not answer when new settings failed', async () => {
    await using stack = await stackCommands(runtime);
    await using alertmanager = await failingAlertmanager(stack);
    expect(await startFew(stack)).toMatchObject({ exitCode: 0 });
    process.kill(await stack.pidOf('collector'), 'SIGSTOP');
    alertmanager.fail();
    expect(await startFew(stack, '--timeout', '10')).toMatchObject({
      exitCode: 5,
      stdout: expect.stringContaining(
        `Restarting with the former settings: collector, alertmanager (${runtime}) …`,
      ),
    });
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
  });

  test('leaves a part out again when its first start fails', async () => {
    await using stack = await stackCommands(runtime);
    await using alertmanager = await failingAlertmanager(stack);
    expect(await start(stack, '--without', 'grafana,vmalert,receiver,alertmanager')).toMatchObject({
      exitCode: 0,
    });
    alertmanager.fail();
    expect(await startFew(stack, '--timeout', '10')).toMatchObject({ exitCode: 5 });
    expect(await partOf(stack, 'alertmanager')).toMatchObject({ state: 'left out' });
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
  });

  test('says that a part no longer runs if it ran another version', async () => {
    await using stack = await stackCommands(runtime);
    await using alertmanager = await failingAlertmanager(stack);
    expect(await startFew(stack)).toMatchObject({ exitCode: 0 });
    const file = join(stack.stateDir, 'stack.json');
    const { fingerprints, ...record } = JSON.parse(await readFile(file, 'utf8'));
    const older = { ...record, fingerprints: { ...fingerprints, alertmanager: 'of another version' } };
    await writeFile(file, JSON.stringify(older));
    alertmanager.fail();
    const { stdout } = await startFew(stack, '--timeout', '10');
    expect(stdout).toContain('No longer running: alertmanager. After fixing the problem: npm run stack:up\n');
    expect(stdout).not.toContain('former settings');
    expect(await partOf(stack, 'alertmanager')).toMatchObject({ state: 'stopped' });
    alertmanager.mend();
    expect(await startFew(stack)).toMatchObject({ exitCode: 0 });
    expect(await statusOf(stack)).toMatchObject({ status: 'healthy' });
  });

  test('keeps its settings when new ones are refused', async () => {
    await using stack = await stackCommands(runtime);
    expect(await startFew(stack)).toMatchObject({ exitCode: 0 });
    const file = join(stack.stateDir, 'config/alertmanager.yaml');
    const config = await readFile(file, 'utf8');
    Object.assign(stack.env, { CTXD_ALERT_WEBHOOK_URL: webhook, CTXD_RETENTION: 'for ever' });
    expect(await startFew(stack)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining('nothing was started'),
    });
    expect(await readFile(file, 'utf8')).toBe(config);
  });
});
