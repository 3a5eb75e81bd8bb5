import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchFrom } from '../dashboards/source/http-client.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { sharedPath } from '../compose/runtime/state.ts';
import {
  alertmanagerOf,
  inBothRuntimes,
  partOf,
  silence,
  silences,
  start,
  storeOf,
} from './both-runtimes.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

const origin = 'https://elsewhere.example';
const urlOf = ({ env }: StackCommands, part: string) => `http://127.0.0.1:${env[`CTXD_${part}_PORT`]}`;
const passwordOf = async ({ stateDir }: StackCommands) =>
  await readFile(sharedPath(stateDir, 'alertmanagerPassword'), 'utf8');

/** The requests that a web page can send by itself: a read, a preflight and a write. */
const requestsOfAPage: readonly [path: string, request: RequestInit][] = [
  ['/api/v2/alerts', { headers: { origin } }],
  ['/api/v2/silences', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } }],
  [
    '/api/v2/silences',
    { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: '{}' },
  ],
  ['/-/reload', { method: 'POST', headers: { origin } }],
];

/** Whether VictoriaMetrics and vmalert can log in to Alertmanager. */
async function isAlertmanagerReached(stack: StackCommands): Promise<boolean> {
  const query = encodeURIComponent('up{job="alertmanager"}');
  const answer = await fetchFrom(await storeOf(stack), `/api/v1/query?query=${query}&nocache=1`);
  const alerts = await fetchFrom(await alertmanagerOf(stack), '/api/v2/alerts');
  return (await answer.text()).includes(',"1"]') && (await alerts.text()).includes('CtxdWatchdog');
}

/** Command lines and environments of all processes that this user may read. */
async function processesSeen(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = async (path: string) => await readFile(path, 'utf8').catch(() => '');
  const texts = pids.flatMap((pid) => [read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)]);
  return (await Promise.all(texts)).join('\n');
}

inBothRuntimes((runtime) => {
  test('Alertmanager refuses web pages and requests without the password, accepts all parts, and no process shows a secret', async () => {
    await using stack = await stackCommands(runtime);
    const up = await start(stack, '--json');
    expect(up.exitCode).toBe(0);
    for (const [path, request] of requestsOfAPage) {
      const { status, headers } = await fetch(urlOf(stack, 'ALERTMANAGER') + path, request);
      expect([path, status, headers.get('access-control-allow-origin')]).toEqual([path, 401, null]);
    }
    const wrong = { headers: { authorization: `Basic ${btoa('ctxd:wrong')}` } };
    expect((await fetch(`${urlOf(stack, 'ALERTMANAGER')}/-/ready`, wrong)).status).toBe(401);
    const silenced = await silence(stack);
    expect(await silences(stack)).toContain(silenced);
    expect(await waitUntil(async () => await isAlertmanagerReached(stack), 60_000)).toBe(true);

    const password = await passwordOf(stack);
    const status = await stack.run('status', '--json');
    const logs = await stack.run('logs', '--tail', '1000');
    const storePassword = await readFile(sharedPath(stack.stateDir, 'victoriametricsPassword'), 'utf8');
    const folder = join(stack.stateDir, 'secrets');
    const files = (await readdir(folder)).filter((name) => name !== 'alerts');
    const all = await Promise.all(files.map(async (name) => await readFile(join(folder, name), 'utf8')));
    expect(all.length).toBeGreaterThanOrEqual(8);
    // The tokens of another stack and of another store are empty files here.
    const secrets = [...all, ...storePassword.split('\n')].filter((secret) => secret !== '');
    expect(secrets.length).toBeGreaterThan(8);
    const credentials = [password, storePassword].map((secret) =>
      Buffer.from(`ctxd:${secret}`).toString('base64'),
    );
    expect(storePassword).toMatch(/^[\w-]{32}\n[\w-]{32}$/);
    for (const hidden of [...secrets, ...credentials]) {
      for (const seen of [up.output, status.output, logs.output, await processesSeen()])
        expect(seen).not.toContain(hidden);
    }
    const published = { alertmanagerPasswordFile: sharedPath(stack.stateDir, 'alertmanagerPassword') };
    expect(JSON.parse(up.stdout).data).toMatchObject(published);
    expect(JSON.parse(status.stdout).data).toMatchObject(published);
  });

  test('the next start applies a changed or lost password to all parts', async () => {
    await using stack = await stackCommands(runtime);
    const first = await start(stack);
    const file = sharedPath(stack.stateDir, 'alertmanagerPassword');
    expect(first.stdout).toContain(`as ctxd; the password is in ${file}`);
    const before = await stack.pidOf('collector');
    for (const change of [() => writeFile(file, 'my own\n'), () => rm(file)]) {
      await change();
      const { exitCode, stdout } = await start(stack);
      expect([exitCode, stdout]).toEqual([
        0,
        expect.stringContaining(
          'Settings or versions changed: victoriametrics, alertmanager, vmalert, receiver\n',
        ),
      ]);
      expect(await waitUntil(async () => await isAlertmanagerReached(stack), 60_000)).toBe(true);
      expect((await start(stack)).stdout).toContain('already running');
    }
    expect(await stack.pidOf('collector')).toBe(before);
    expect(await passwordOf(stack)).toMatch(/^[\w-]{32}$/);
  });

  test('restarts and restores a stack that was started without a password', async () => {
    await using stack = await stackCommands(runtime);
    await start(stack);
    const backup = join(stack.stateDir, '../backup.tar.gz');
    expect(await stack.run('backup', backup)).toMatchObject({ exitCode: 0 });
    for (const words of [['restart'], ['restore', backup, '--yes']]) {
      await rm(sharedPath(stack.stateDir, 'alertmanagerPassword'));
      await rm(sharedPath(stack.stateDir, 'alertmanagerAccess'));
      expect(await stack.run(...words)).toMatchObject({ exitCode: 0 });
      expect(await partOf(stack, 'alertmanager')).toMatchObject({ state: 'healthy' });
    }
  });
});
