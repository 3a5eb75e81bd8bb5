import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePortVariables } from '../../compose/runtime/test-folder.ts';
import { waitUntil } from '../../compose/runtime/health.ts';
import { variables } from '../../scripts/reach/variables.ts';
import { runFile } from '../installed-package.ts';
import { linkPrograms } from '../linked-programs.ts';
import { type Registry, startRegistry } from './registry.ts';

const root = join(import.meta.dirname, '../..');
let folder: string;
let registry: Registry;
let env: NodeJS.ProcessEnv;
/** An empty home folder, with a space in its name as on macOS. */
let home: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ctxd-npx-'));
  registry = await startRegistry(join(folder, 'registry'));
  home = join(folder, 'my home');
  for (const path of [home, join(folder, 'empty')]) await mkdir(path);
  await linkPrograms(join(folder, 'cache'));
  env = {
    ...registry.env,
    ...(await freePorts()),
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_update_notifier: 'false',
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: home,
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  for (const options of [[], ['--workspace=instrumentation']])
    await runFile('npm', ['publish', '--provenance=false', ...options], {
      cwd: root,
      env: { ...process.env, ...registry.env },
    });
});

afterAll(async () => {
  await npx('ctxd', 'down').catch(() => undefined);
  await registry[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Free ports in the variables that ctxd knows. */
async function freePorts(): Promise<Record<string, string>> {
  const known = new Set(variables.map(({ name }) => name));
  return Object.fromEntries(Object.entries(await freePortVariables()).filter(([name]) => known.has(name)));
}

const script = process.env['CTXD_WALK_FILE'];

/** Runs a command in an empty folder, where npx fetches the package from the registry. */
async function npx(...words: readonly string[]): Promise<string> {
  const startedMillis = Date.now();
  const { stdout, stderr } = await runFile('npx', ['--yes', ...words], { cwd: join(folder, 'empty'), env });
  const seconds = ((Date.now() - startedMillis) / 1_000).toFixed(1);
  if (script) appendFileSync(script, `$ npx ${words.join(' ')}    # ${seconds} s\n${stdout}${stderr}\n`);
  return stdout + stderr;
}

function startNpx(...words: readonly string[]): ChildProcess {
  return spawn('npx', ['--yes', ...words], {
    cwd: join(folder, 'empty'),
    env,
    stdio: 'ignore',
    detached: true,
  });
}

test('somebody with nothing but npm starts the stack, gets an alert, and removes it without a trace', async () => {
  const up = await npx('ctxd@latest', 'up', '--runtime', 'native', '--without', 'grafana');
  expect(up).toContain('The stack is up after ');
  expect(up).toContain('  npx ctxd demo ');
  expect(up).toContain('After a reboot, too? npx ctxd autostart on');
  expect(up).not.toContain('npm run');
  const again = await npx('ctxd@latest', 'up', '--without', 'grafana');
  expect(again).toContain('The stack is already running (native).');
  expect(again).not.toContain('After a reboot');
  expect(await npx('ctxd', 'status')).toMatch(/^The stack is healthy \(native\)[^]*^Starts at login: no$/m);
  expect(await npx('ctxd', 'connect', '--yes')).toContain('Connected.');

  const demo = startNpx('ctxd', 'demo', '--speed', '4');
  const hasAlert = async () => (await npx('ctxd', 'alerts')).includes('ContextWindow');
  expect(await waitUntil(hasAlert, 120_000)).toBe(true);
  expect(await npx('ctxd', 'monitor', '--once')).toContain('%');
  expect(await npx('ctxd', 'doctor').catch(({ stdout }: { stdout: string }) => stdout)).not.toContain(
    'npm run',
  );
  const ended = once(demo, 'exit');
  process.kill(-(demo.pid ?? 0), 'SIGINT');
  await ended;

  expect(await npx('ctxd', 'down')).toContain('The stack is stopped.');
  const removal = await npx('ctxd', 'uninstall', '--yes');
  expect(removal).toMatch(
    /Disconnect Claude Code: [^]*metrics, [^]*secrets[^]*programs[^]*Deleted\.\nnpx keeps a copy/,
  );
  expect(await readdir(home)).toEqual([]);
  expect(await readdir(join(folder, 'cache'))).toEqual([]);
});
