import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { imageReference, partNamed } from '../compose/parts.ts';
import { programs } from '../compose/programs/programs.ts';
import { acquire } from '../compose/programs/acquire.ts';
import { runCommand } from '../compose/system/command.ts';
import { thisTarget } from '../compose/programs/sources.ts';
import { inBothRuntimes, inRuntime, partOf, silence, silences, start } from './both-runtimes.ts';
import { imageRegistry } from './image-registry.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

const repository = join(import.meta.dirname, '..');
const { version: current } = programs.alertmanager;
const older = '0.31.0';
const target = thisTarget();

/** A copy of this repository in which the pinned version of Alertmanager can be changed. */
async function checkout(folder: string, { runtime, env }: StackCommands) {
  for (const name of ['package.json', 'alerts', 'compose', 'dashboards', 'instrumentation', 'scripts']) {
    await cp(join(repository, name), join(folder, name), {
      recursive: true,
      filter: (path) => basename(path) !== 'node_modules',
    });
  }
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const parts = join(folder, 'compose/parts.ts');
  const asItIs = await readFile(parts, 'utf8');
  const run = async (...args: string[]) =>
    await runCommand(process.execPath, [join(folder, 'scripts/ctxd.cjs'), ...args], { env });
  return {
    pin: async (version: string) => await writeFile(parts, asItIs.replaceAll(current, version)),
    up: async () => await run('up', '--runtime', runtime, '--without', 'grafana'),
    upgrade: async () => await run('upgrade'),
  };
}

/** A release site that serves today's Alertmanager under the older version. */
async function olderRelease(folder: string) {
  const { release } = programs.alertmanager;
  const url = new URL(release(target).url).pathname.replaceAll(current, older);
  const name = basename(url, '.tar.gz');
  await mkdir(join(folder, name), { recursive: true });
  const program = await acquire(programs.alertmanager, { env: process.env, print: console.log });
  await cp(program, join(folder, name, 'alertmanager'), { dereference: true });
  await runCommand('tar', ['-czf', join(folder, 'archive'), '-C', folder, name]);
  const archive = await readFile(join(folder, 'archive'));
  const checksum = createHash('sha256').update(archive).digest('hex');
  const server = createServer((request, response) => {
    if (request.url === url) response.end(archive);
    else if (request.url?.endsWith('/sha256sums.txt')) response.end(`${checksum}  ${name}.tar.gz\n`);
    else response.writeHead(404).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose]() };
}

/** A new cache with links to the programs in this machine's cache. */
async function ownCache(folder: string): Promise<string> {
  await mkdir(join(folder, 'ctxd'), { recursive: true });
  for (const name of ['collector', 'victoriametrics', 'vmalert', 'alertmanager'] as const) {
    const place = dirname(await acquire(programs[name], { env: process.env, print: console.log }));
    // A program on PATH is found without the cache.
    if (basename(place).startsWith(`${name}-`)) await symlink(place, join(folder, 'ctxd', basename(place)));
  }
  return folder;
}

inBothRuntimes((runtime) => {
  test('upgrades and downgrades, restarts only what changes, and keeps data and programs of both versions', async () => {
    await using stack = await stackCommands(runtime);
    const folder = dirname(stack.stateDir);
    await using site = await olderRelease(join(folder, 'site'));
    if (runtime === 'native') {
      stack.env.CTXD_RELEASES_URL = site.address;
      stack.env.XDG_CACHE_HOME = await ownCache(join(folder, 'cache'));
    }
    const repository = await checkout(join(folder, 'repository'), stack);
    await repository.pin(older);
    expect(await repository.up()).toMatchObject({ exitCode: 0 });
    const silenced = await silence(stack);
    const collector = await stack.pidOf('collector');
    for (const [from, to] of [
      [older, current],
      [current, older],
    ] as const) {
      expect(await partOf(stack, 'alertmanager')).toMatchObject({ version: from });
      await repository.pin(to);
      expect(await repository.upgrade()).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(`\nRestarted alertmanager ${from} → ${to}\n`),
      });
      expect(await partOf(stack, 'alertmanager')).toMatchObject({ version: to, state: 'healthy' });
      expect(await silences(stack)).toContain(silenced);
    }
    expect(await stack.pidOf('collector')).toBe(collector);
    if (runtime === 'native') {
      const cached = await readdir(join(folder, 'cache/ctxd'));
      for (const version of [older, current])
        expect(cached.some((name) => name.startsWith(`alertmanager-${version}-`))).toBe(true);
    }
  });

  test('keeps the settings of its start at an upgrade, even if other variables are set since', async () => {
    await using stack = await stackCommands(runtime);
    stack.env.CTXD_WARNING_PERCENT = '60';
    const up = await stack.run('up', '--runtime', runtime, '--without', 'grafana');
    expect(up).toMatchObject({ exitCode: 0 });
    const rules = join(stack.stateDir, 'config/rules/rules.yaml');
    const before = await readFile(rules, 'utf8');
    expect(before).toContain('[1m]) >= 60)');
    stack.env.CTXD_WARNING_PERCENT = '65';
    expect(await stack.run('upgrade')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Everything is up to date.\n'),
    });
    expect(await readFile(rules, 'utf8')).toBe(before);
  });

  test('interrupted while it fetches leaves nothing behind, and ends with 130', async () => {
    await using stack = await stackCommands(runtime);
    const cache = join(dirname(stack.stateDir), 'cache');
    await using site = createServer((request, response) => {
      // Anything larger than a list of checksums never arrives.
      const name = basename(programs.collector.release(target).url);
      if (request.url?.endsWith('_checksums.txt')) response.end(`${'0'.repeat(64)}  ${name}\n`);
    });
    await once(site.listen(0, '127.0.0.1'), 'listening');
    const host = `127.0.0.1:${(site.address() as AddressInfo).port}`;
    stack.env.XDG_CACHE_HOME = cache;
    stack.env.CTXD_RELEASES_URL = `http://${host}`;
    stack.env.CTXD_COLLECTOR_IMAGE = `${host}/collector:latest`;
    const fetching = runtime === 'native' ? /Downloading collector/ : /Pulling 127/;
    const { exitCode, output } = await stack.runUntil(fetching, 'SIGINT', 'up', '--without', 'grafana');
    site.closeAllConnections();
    expect([exitCode, output]).toEqual([130, expect.stringContaining('Interrupted')]);
    expect(await stack.leftovers()).toEqual([]);
    if (runtime === 'native')
      expect((await readdir(join(cache, 'ctxd'))).filter((name) => !name.startsWith('.partial'))).toEqual([]);
  });
});

inRuntime('docker', () => {
  test('with --pull pulls again, restarts what has a newer image, and falls back to the local one', async () => {
    await using stack = await stackCommands('docker');
    const { image } = partNamed('alertmanager');
    const atHand = stack.env.CTXD_ALERTMANAGER_IMAGE ?? imageReference(image);
    await using registry = await imageRegistry(atHand, dirname(stack.stateDir));
    stack.env.CTXD_ALERTMANAGER_IMAGE = registry.reference;
    const word = async () => {
      const name = `${stack.env.CTXD_PROJECT}-alertmanager-1`;
      const { stdout } = await runCommand('docker', ['inspect', '--format', '{{.Config.Labels.word}}', name]);
      return stdout.trim();
    };
    registry.push('first');
    expect((await start(stack)).stdout).toMatch(/^ {2}alertmanager +pulled$/m);
    expect(await word()).toBe('first');
    const collector = await stack.pidOf('collector');
    registry.push('second');
    expect((await start(stack)).stdout).toContain('already running');
    expect((await start(stack, '--pull')).stdout).toContain('Settings or versions changed: alertmanager\n');
    expect([await word(), await stack.pidOf('collector')]).toEqual(['second', collector]);
    await registry.close();
    expect(await start(stack, '--pull')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^The image of alertmanager cannot be pulled: .+ Using the local one\.$[^]+already running/m,
      ),
    });
    await stack.run('down');
  });
});
