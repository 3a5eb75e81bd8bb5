import { access, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { delimiter, dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parts } from '../compose/parts.ts';
import { programOf, programs } from '../compose/programs/programs.ts';
import { acquire } from '../compose/programs/acquire.ts';
import { answers } from '../compose/runtime/health.ts';
import { stackCommand } from '../scripts/stack/main.ts';
import { startNative } from '../scripts/stack/native-stack.ts';
import { dataPathWorks } from '../scripts/stack/probe.ts';
import { stackCommands } from './stack-commands.ts';

// Without Grafana, so that the tests are the same on every machine.
const withoutGrafana = { GRAFANA_HOME: '/nowhere' };
const started = parts.filter(({ optional }) => !optional);

beforeAll(async () => {
  for (const { name } of started) {
    const program = programOf(name);
    if (program) await acquire(program, { env: process.env, print: console.log });
  }
});

describe('the native runtime', () => {
  test('starts, stays up at a second up, reports its status, stops and keeps its data', async () => {
    await using stack = await stackCommands('native', withoutGrafana);
    const first = await stack.run('up');
    expect(first).toMatchObject({ exitCode: 0 });
    for (const { name } of started)
      expect(first.stdout).toMatch(new RegExp(`^${name} +healthy +http://127.0.0.1:\\d+$`, 'm'));
    expect(first.stdout).toMatch(/^grafana +left out$/m);
    expect(first.stdout).toContain(
      'Without grafana: Expected GRAFANA_HOME to be the folder of an unpacked grafana',
    );
    expect(first.stdout).toContain(
      `export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${stack.env.CTXD_COLLECTOR_PORT}`,
    );
    expect(first.stdout).toContain(
      'npm run stack:open -- --page  shows them in the browser: which session needs me now?',
    );
    expect(first.output).not.toContain('\u001B');

    const second = await stack.run('up');
    expect(second).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('already running (native)'),
    });

    expect(await stack.run('status')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('is healthy'),
    });
    expect(await stack.run('upgrade')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Everything is up to date.\n'),
    });
    expect(await stack.run('down')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(stack.stateDir),
    });
    expect(await stack.run('upgrade')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Everything is fetched. The stack is not running'),
    });
    expect(await stack.run('logs')).toMatchObject({ exitCode: 1 });
    expect(await stack.leftovers()).toEqual([]);
    expect(await stack.run('status')).toMatchObject({ exitCode: 1 });
    expect(await stack.run('down')).toMatchObject({ exitCode: 0 });
    await access(join(stack.stateDir, 'data/victoriametrics/flock.lock'));
  });

  test('opens the browser, and leaves it open', async () => {
    await using stack = await stackCommands('native', withoutGrafana);
    const opened = join(dirname(stack.stateDir), 'opened');
    const browser = `echo "$1 $$" > '${opened}'; exec sleep 60`;
    for (const name of ['open', 'xdg-open']) await stack.program(`bin/${name}`, browser);
    const path = stack.env.PATH;
    stack.env.PATH = `${join(dirname(stack.stateDir), 'bin')}${delimiter}${path}`;
    const page = `http://127.0.0.1:${stack.env.CTXD_RECEIVER_PORT}/`;
    for (const words of [['up', '--open'], ['open'], ['open', '--page']]) {
      const { exitCode, stdout } = await stack.run(...words);
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`Opened ${page}\n`)]);
      const [file = '', pid] = (await readFile(opened, 'utf8')).trim().split(' ');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const [, link = ''] = /url=(.+)"/.exec(await readFile(file, 'utf8')) ?? [];
      expect(link).toMatch(new RegExp(`^${page}\\?code=[\\w.-]+$`));
      const signedIn = await fetch(link, { redirect: 'manual' });
      expect([signedIn.status, signedIn.headers.get('location')]).toEqual([302, '/']);
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
      const fetched = await fetch(page, { headers: { cookie } });
      expect([fetched.status, await fetched.text()]).toEqual([200, expect.stringContaining('<div id="')]);
      expect((await fetch(link, { redirect: 'manual' })).headers.get('set-cookie')).toBeNull();
      expect((await fetch(`${page}v1/sessions`, { headers: { cookie } })).status).toBe(401);
      const stranger = await fetch(page);
      expect([stranger.status, await stranger.text()]).toEqual([401, expect.stringContaining('stack:open')]);
      process.kill(Number(pid), 'SIGTERM');
      await rm(opened);
    }
    const byHand =
      /^No browser could be started with .+\.\s+Open http:.+\/\?code=.+ by hand within a minute\.$/m;
    stack.env.PATH = '/nowhere';
    const [up, open] = [await stack.run('up', '--open'), await stack.run('open')];
    expect([up.exitCode, up.stdout]).toEqual([0, expect.stringMatching(byHand)]);
    expect([open.exitCode, open.output]).toEqual([1, expect.stringMatching(byHand)]);
  });

  test('names a taken port, its part and the variable, and starts nothing', async () => {
    await using stack = await stackCommands('native', withoutGrafana);
    await using taken = createServer().listen(Number(stack.env.CTXD_VMALERT_PORT), '127.0.0.1');
    await once(taken, 'listening');
    const { exitCode, output } = await stack.run('up');
    expect(exitCode).toBe(3);
    expect(output).toContain(`Port ${stack.env.CTXD_VMALERT_PORT} (vmalert) on 127.0.0.1 is taken`);
    expect(output).toContain('CTXD_VMALERT_PORT=…');
    expect(await stack.leftovers()).toEqual([]);
  });

  test('shows the last log lines of a part that fails, and leaves nothing behind', async () => {
    await using stack = await stackCommands('native', withoutGrafana);
    const broken = `case "$1" in -version) echo vmalert-v${programs.vmalert.version} ;; -dryRun) ;; *) echo "cannot go on"; exit 255 ;; esac`;
    const path = await stack.program('bin/vmalert', broken);
    stack.env.PATH = `${dirname(path)}${delimiter}${process.env.PATH}`;
    const { exitCode, output } = await stack.run('up');
    expect(exitCode).toBe(1);
    expect(output).toContain('vmalert stopped right after it started.\nIts last log lines:\n  cannot go on');
    expect(await stack.leftovers()).toEqual([]);
    expect(await stack.run('status')).toMatchObject({ exitCode: 1 });
  });

  test('runs Grafana from GRAFANA_HOME on its port, with the password in a file of its owner', async () => {
    await using stack = await stackCommands('native');
    const server = `
      const { GF_SERVER_HTTP_PORT, GF_SERVER_HTTP_ADDR, CTXD_VICTORIAMETRICS_URL } = process.env;
      const { readFileSync } = require('fs');
      const source = readFileSync(process.env.GF_PATHS_PROVISIONING + '/datasources/victoriametrics.yaml', 'utf8');
      const user = /basicAuthUser: (.+)/.exec(source)[1];
      const secret = readFileSync(/basicAuthPassword: \\$__file\\{(.+)\\}/.exec(source)[1], 'utf8').trim();
      const authorization = 'Basic ' + Buffer.from(user + ':' + secret).toString('base64');
      require('http').createServer(async (request, response) => {
        const [, path] = request.url.split('/api/datasources/proxy/uid/victoriametrics');
        const upstream = path && (await fetch(CTXD_VICTORIAMETRICS_URL + path, { headers: { authorization } }));
        const seen = [process.argv.slice(2), process.env];
        response.end(upstream ? await upstream.text() : JSON.stringify(seen));
      }).listen(GF_SERVER_HTTP_PORT, GF_SERVER_HTTP_ADDR)`;
    const serverFile = join(dirname(stack.stateDir), 'server.cjs');
    await writeFile(serverFile, server);
    const path = await stack.program(
      'grafana/bin/grafana',
      `exec '${process.execPath}' '${serverFile}' "$@"`,
    );
    const home = dirname(dirname(path));
    stack.env.GRAFANA_HOME = home;
    const printed: string[] = [];
    const print = (line: string) => void printed.push(line);
    const exitCode = await stackCommand(['up', '--runtime', 'native'], {
      env: stack.env,
      print,
      printError: print,
    });
    expect([exitCode, printed.join('\n')]).toEqual([0, expect.stringMatching(/^grafana +healthy/m)]);
    const url = `http://127.0.0.1:${stack.env.CTXD_GRAFANA_PORT}`;
    const password = join(stack.stateDir, 'secrets/grafana-password');
    expect(printed.join('\n')).toContain(`open ${url} (Grafana) as admin; the password is in ${password}`);
    const commandLine = await (await fetch(url)).text();
    expect(commandLine).toContain(`"server","--homepath=${home}"`);
    expect(commandLine).toContain(`$__file{${password}}`);
    expect(commandLine).not.toContain(await readFile(password, 'utf8'));
    expect((await stat(password)).mode & 0o777).toBe(0o600);
    const status = await stackCommand(['status'], { env: stack.env, print, printError: print });
    const again = await stackCommand(['up'], { env: stack.env, print, printError: print });
    await writeFile(join(stack.stateDir, 'config/dashboards/mine.json'), '{');
    const restart = await stackCommand(['restart', 'grafana'], { env: stack.env, print, printError: print });
    expect([status, again, restart, await answers(url)]).toEqual([0, 0, 1, true]);
    const down = await stackCommand(['down'], { env: stack.env, print, printError: print });
    expect([down, await answers(url)]).toEqual([0, false]);
  });
});

describe('parts started by a test', () => {
  test('survive a crash of VictoriaMetrics with the samples sent meanwhile, and are gone at the end', async () => {
    let url = '';
    {
      await using stack = await startNative({ parts: ['collector', 'victoriametrics'] });
      url = stack.urls.victoriametrics;
      await stack.stop('victoriametrics', 'SIGKILL');
      expect(await answers(`${url}/health`)).toBe(false);
      const arrives = dataPathWorks({
        collectorUrl: stack.urls.collector,
        victoriaMetricsUrl: url,
        storeAuthorization: stack.storeAuthorization,
        timeoutMillis: 30_000,
      });
      await stack.start('victoriametrics');
      expect(await arrives).toBe(true);
      expect((await stack.logTail('collector')).join('\n')).toContain('Everything is ready');
    }
    expect(await answers(`${url}/health`)).toBe(false);
  });

  test('protect the admin endpoints of VictoriaMetrics with a key', async () => {
    await using stack = await startNative({ parts: ['victoriametrics'] });
    const list = async (query: string) =>
      (await fetch(`${stack.urls.victoriametrics}/snapshot/list${query}`)).status;
    expect(await list('')).toBe(401);
    expect(await list(`?authKey=${stack.victoriaMetricsKey}`)).toBe(200);
  });
});
