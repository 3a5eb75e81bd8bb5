import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { basename, delimiter, dirname, join, parse } from 'node:path';
import { describe, expect, test } from 'vitest';
import { programs } from './programs.ts';
import { acquire, acquireAll } from './acquire.ts';
import { findProgram, mentionsVersion } from './installed.ts';
import { runCommand } from '../system/command.ts';
import { mirrored, publishedChecksum } from './download.ts';
import { waitUntil } from '../runtime/health.ts';
import { freePorts } from '../runtime/preflight.ts';
import { thisTarget } from './sources.ts';
import { testFolder, type TestFolder } from '../runtime/test-folder.ts';

const program = programs.vmalert;

/** What the code under test and the fake `go` call. */
const systemTools = ['sh', 'tar', 'gzip', 'chmod', 'cp', 'mkdir', 'touch', 'sleep'];

/** A machine that has only these tools. Without `releases` its release site cannot be reached. */
async function machine(folder: string, releases?: string) {
  const printed: string[] = [];
  const [unused] = await freePorts(1);
  const tools = join(folder, 'system');
  const links = systemTools.map((tool) => `ln -sf "$(command -v ${tool})" ${tools}/${tool}`);
  await runCommand('/bin/sh', ['-c', [`mkdir -p ${tools}`, ...links].join('; ')]);
  const env = {
    PATH: [join(folder, 'bin'), tools].join(delimiter),
    XDG_CACHE_HOME: join(folder, 'cache'),
    CTXD_RELEASES_URL: releases ?? `http://127.0.0.1:${unused}`,
  };
  return { env, print: (line: string) => void printed.push(line), printed };
}

/** A release site with one archive; its checksum is wrong unless `honest`, its download is cut off once if `cutOff`. */
async function releaseSite(folder: string, { honest = true, cutOff = false } = {}) {
  const { url, checksumsUrl, member } = program.release(thisTarget());
  await mkdir(join(folder, 'content'), { recursive: true });
  await runCommand(
    'sh',
    [
      '-c',
      `echo '#!/bin/sh' > content/${member}; chmod +x content/${member}; tar -czf a.tar.gz -C content ${member}`,
    ],
    { cwd: folder },
  );
  const archive = await readFile(join(folder, 'a.tar.gz'));
  const checksum = honest ? createHash('sha256').update(archive).digest('hex') : 'f'.repeat(64);
  const server = createServer((request, response) => {
    if (request.url === new URL(checksumsUrl).pathname)
      response.end(`${checksum}  ${url.split('/').at(-1)}\n`);
    else if (request.url !== new URL(url).pathname) response.writeHead(404).end();
    else sendArchive(request, response);
  });
  const partial = join(folder, 'cache/ctxd', `.partial-${checksum}`);
  const hasArrived = async () => (await stat(partial).catch(() => undefined))?.size === 20;
  const ranges: (string | undefined)[] = [];
  let isCutOff = cutOff;
  const sendArchive = (request: IncomingMessage, response: ServerResponse) => {
    const { range } = request.headers;
    ranges.push(range);
    const start = Number(/\d+/.exec(range ?? '0')?.[0]);
    response.writeHead(range ? 206 : 200, { 'content-length': archive.length - start });
    if (!isCutOff) return response.end(archive.subarray(start));
    response.write(archive.subarray(0, 20));
    return void waitUntil(hasArrived, 60_000).then(() => response.destroy());
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    ranges,
    mend: () => void (isCutOff = false),
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

describe('a program', () => {
  test('is taken from PATH when it has the pinned version', async () => {
    await using folder = await testFolder();
    const path = await folder.program(
      'bin/vmalert',
      `echo 'vmalert-20260101-tags-v${program.version}-0-gabc'`,
    );
    const { env } = await machine(folder.path);
    const found = await findProgram(program, env);
    expect(found).toBe(path);
  });

  test('is not taken from PATH in another version', async () => {
    await using folder = await testFolder();
    await folder.program('bin/vmalert', 'echo vmalert-v1.149.0');
    const { env } = await machine(folder.path);
    expect(await findProgram(program, env)).toBeUndefined();
  });

  test('is downloaded once and then found in the cache', async () => {
    await using folder = await testFolder();
    await using site = await releaseSite(folder.path);
    const { printed, ...sources } = await machine(folder.path, site.url);
    const path = await acquire(program, sources);
    expect(await readFile(path, 'utf8')).toBe('#!/bin/sh\n');
    expect(
      await acquire(program, {
        ...sources,
        env: { ...sources.env, CTXD_RELEASES_URL: 'http://127.0.0.1:1' },
      }),
    ).toBe(path);
    expect(printed).toEqual([`Downloading vmalert ${program.version} from ${new URL(site.url).host} …`]);
  });

  test('is refused when its checksum differs from the published one, and leaves nothing in the cache', async () => {
    await using folder = await testFolder();
    await using site = await releaseSite(folder.path, { honest: false });
    const refusal =
      /^Refused http:\/\/127\.0\.0\.1:\d+\/.+\.tar\.gz: its SHA-256 is [0-9a-f]{64}, but f{64} is published\.\n/;
    await expect(acquire(program, await machine(folder.path, site.url))).rejects.toThrow(refusal);
    expect(await readdir(join(folder.path, 'cache/ctxd'))).toEqual([]);
  });

  test('whose download is interrupted is not installed, and the download is resumed the next time', async () => {
    await using folder = await testFolder();
    await using site = await releaseSite(folder.path, { cutOff: true });
    const sources = await machine(folder.path, site.url);
    await expect(acquire(program, sources)).rejects.toThrow('was interrupted');
    expect(await findProgram(program, sources.env)).toBeUndefined();
    site.mend();
    const path = await acquire(program, sources);
    expect(await readFile(path, 'utf8')).toBe('#!/bin/sh\n');
    expect(site.ranges).toEqual([undefined, 'bytes=20-']);
    const { base } = parse(dirname(path));
    expect(await readdir(join(folder.path, 'cache/ctxd'))).toEqual([base]);
  });

  test('is not requested again from a host that did not answer', async () => {
    await using folder = await testFolder();
    const sources = await machine(folder.path);
    await expect(acquire(program, sources)).rejects.toThrow('cannot be reached');
    const { hostname, port } = new URL(sources.env.CTXD_RELEASES_URL);
    let requests = 0;
    await using late = createServer(() => void (requests += 1)).listen(Number(port), hostname);
    await once(late, 'listening');
    await expect(acquire(programs.alertmanager, sources)).rejects.toThrow('cannot be reached');
    expect(requests).toBe(0);
  });

  test('that is not available is reported with each reason and a remedy', async () => {
    await using folder = await testFolder();
    const sources = await machine(folder.path);
    const { host } = new URL(sources.env.CTXD_RELEASES_URL);
    await expect(acquire(program, sources)).rejects.toMatchObject({
      message:
        `vmalert ${program.version} is not on this machine: ${host} cannot be reached (connect ECONNREFUSED ${host}), and Go is not installed.\n` +
        `Start Docker, or install Go, or connect to the network, or put vmalert-prod ${program.version} on PATH.`,
      exitCode: 4,
    });
  });

  test('is built with Go where its release cannot be reached', async () => {
    await using folder = await testFolder();
    const callsOf = await fakeGo(folder);
    const sources = await machine(folder.path);
    expect(await acquire(program, sources)).toContain(`vmalert-${program.version}-`);
    const module = 'github.com/VictoriaMetrics/VictoriaMetrics';
    expect(await callsOf('mod edit')).toEqual([`mod edit -require=${module}@v${program.version}`]);
    expect((await callsOf('build'))[0]).toMatch(/\/app\/vmalert$/);
    expect(sources.printed.at(-1)).toMatch(/built vmalert in \d+ s/);
  });

  test('that does not build is reported with the last line that Go prints', async () => {
    await using folder = await testFolder();
    await folder.program('bin/go', '[ "$1" = version ] || { echo "no such module" >&2; exit 1; }');
    const sources = await machine(folder.path);
    await expect(acquire(program, sources)).rejects.toThrow('it does not build with Go (no such module)');
  });
});

/** A `go` that records its calls, and builds a copy of `main.go`, or an empty file without one. */
async function fakeGo(folder: TestFolder, beforeBuild = '') {
  const calls = join(folder.path, 'calls');
  const build = `while [ "$1" != -o ]; do shift; done; touch main.go; cp main.go "$2"; chmod +x "$2"`;
  const script = `echo "$@" >> ${calls}; [ "$1" != build ] || { ${beforeBuild} ${build}; }`;
  await folder.program('bin/go', script);
  return async (word: string) =>
    (await readFile(calls, 'utf8')).split('\n').filter((line) => line.startsWith(word));
}

describe('the collector', () => {
  test('is built from its own main package, with all modules of one version', async () => {
    await using folder = await testFolder();
    const callsOf = await fakeGo(folder);
    const sources = await machine(folder.path);
    const main = await readFile(await acquire(programs.collector, sources), 'utf8');
    expect(main).toContain('otlpreceiver.NewFactory()');
    const { version } = programs.collector;
    expect((await callsOf('mod edit'))[0]).toContain(
      `-require=go.opentelemetry.io/collector/receiver/otlpreceiver@v${version}`,
    );
    expect((await callsOf('build'))[0]).toContain(`-X main.version=${version} -o`);
  });
});

describe('several programs', () => {
  const several = [programs.vmalert, programs.alertmanager, programs.victoriametrics];

  test('are built in one go, and their paths come in the given order', async () => {
    await using folder = await testFolder();
    const callsOf = await fakeGo(folder);
    const sources = await machine(folder.path);
    const paths = await acquireAll(several, sources);
    expect(paths.map((path) => basename(path))).toEqual(several.map(({ binary }) => binary));
    expect(await callsOf('build')).toHaveLength(3);
    expect(sources.printed[0]).toMatch(
      /^Building vmalert, alertmanager, victoriametrics from Go modules: \d to \d minutes on \d+ cores?, only this once …$/,
    );
  });

  test('are built once when two runs want them at the same time', async () => {
    await using folder = await testFolder();
    const callsOf = await fakeGo(folder, 'sleep 1.5;');
    const sources = await machine(folder.path);
    const [one, other] = await Promise.all([acquire(program, sources), acquire(program, sources)]);
    expect(one).toBe(other);
    expect(await callsOf('build')).toHaveLength(1);
    expect(sources.printed).toContainEqual(
      expect.stringMatching(/^Waiting for another download or build of the programs \(process \d+, since/),
    );
  });

  test('are all stopped when one cannot be built, and leave nothing in the cache', async () => {
    await using folder = await testFolder();
    const go = `case "$*" in *alertmanager*) echo "no such module" >&2; exit 1 ;; list*) exec sleep 60 ;; esac`;
    await folder.program('bin/go', go);
    await expect(acquireAll(several, await machine(folder.path))).rejects.toThrow(
      /^alertmanager .+ and it does not build with Go \(no such module\)\.\n/,
    );
    expect(await readdir(join(folder.path, 'cache/ctxd'))).toEqual([]);
  });
});

describe('Grafana', () => {
  test('is taken from GRAFANA_HOME, whatever its version', async () => {
    await using folder = await testFolder();
    const path = await folder.program('home/bin/grafana', '');
    const { env } = await machine(folder.path);
    expect(await findProgram(programs.grafana, { ...env, GRAFANA_HOME: join(folder.path, 'home') })).toBe(
      path,
    );
  });

  test('is reported missing where GRAFANA_HOME says it is', async () => {
    await using folder = await testFolder();
    const found = findProgram(programs.grafana, {
      ...(await machine(folder.path)).env,
      GRAFANA_HOME: '/nowhere',
    });
    await expect(found).rejects.toThrow(
      'Expected GRAFANA_HOME to be the folder of an unpacked grafana, but there is no /nowhere/bin/grafana.',
    );
  });

  test('is not taken from PATH without the folder it needs', async () => {
    await using folder = await testFolder();
    await folder.program('path/grafana', `echo grafana version ${programs.grafana.version}`);
    const { env } = await machine(folder.path);
    expect(await findProgram(programs.grafana, { ...env, PATH: join(folder.path, 'path') })).toBeUndefined();
  });

  test('that is not available is reported with how to install it', async () => {
    await using folder = await testFolder();
    await expect(acquire(programs.grafana, await machine(folder.path))).rejects.toThrow(
      `Unpack grafana ${programs.grafana.version} from https://grafana.com/grafana/download and set GRAFANA_HOME to its folder.`,
    );
  });
});

describe('the version of a program', () => {
  test.each([
    ['victoria-metrics-20260101-tags-v1.150.0-0-gabc', true],
    ['alertmanager, version 1.150.0 (branch: HEAD)', true],
    ['otelcol version 1.150.0', true],
    ['v1.150.01', false],
    ['v11.150.0', false],
    ['v1.150.0.1', false],
    ['v1.15.0', false],
  ])('1.150.0 in `%s`: %s', (output, expected) => {
    expect(mentionsVersion(output, '1.150.0')).toBe(expected);
  });
});

describe('a published checksum', () => {
  const sum = 'a'.repeat(64);
  test.each([
    [`${sum}  a.tar.gz\n${'b'.repeat(64)}  b.tar.gz\n`],
    [`${'b'.repeat(64)} *b.tar.gz\n${sum.toUpperCase()} *a.tar.gz`],
    [`${sum}\n`],
  ])('is found in %j', (list) => {
    expect(publishedChecksum(list, 'a.tar.gz')).toBe(sum);
  });

  test.each(['', '<html>not found</html>', `${sum}  other.tar.gz`, 'abc  a.tar.gz'])(
    'is reported missing in `%s`',
    (list) => {
      expect(() => publishedChecksum(list, 'a.tar.gz')).toThrow('no checksum of a.tar.gz is published');
    },
  );
});

describe('a mirror', () => {
  test('keeps the path of the release site', () => {
    expect(mirrored('https://github.com/a/b', 'http://mirror:1/')).toBe('http://mirror:1/a/b');
    expect(mirrored('https://github.com/a/b', undefined)).toBe('https://github.com/a/b');
  });
});

describe('this machine', () => {
  test('has the names that release files use', () => {
    expect(thisTarget('linux', 'x64')).toEqual({ os: 'linux', arch: 'amd64' });
    expect(thisTarget('darwin', 'arm64')).toEqual({ os: 'darwin', arch: 'arm64' });
  });

  test.each([
    ['win32', 'x64'],
    ['linux', 'riscv64'],
  ])('of %s on %s is unsupported, with Docker as the remedy', (platform, cpu) => {
    expect(() => thisTarget(platform, cpu)).toThrow('Start Docker and run the command again.');
  });
});
