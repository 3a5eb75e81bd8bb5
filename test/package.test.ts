import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { sessionMetrics } from 'koa-context-window';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { locked, npm, packInto, projectWith, runFile, type Project } from './installed-package.ts';
import { startOtlpRecorder } from './otlp-recorder.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'instrumentation/README.md'), 'utf8');
const usage = sessionMetrics.contextUsagePercent.name;

const manifest = JSON.parse(readFileSync(join(root, 'instrumentation/package.json'), 'utf8')) as Record<
  'dependencies' | 'peerDependencies' | 'exports',
  object
>;
const entryPoints = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', 'koa-context-window'));

/** The folder of a user's project with the packed package installed. */
let project: string;
let tarball: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'koa-context-window-'));
  tarball = basename(await packInto(project));
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  const versions = [
    'koa',
    '@opentelemetry/api',
    '@opentelemetry/exporter-metrics-otlp-http',
    '@opentelemetry/sdk-node',
    '@types/koa',
    '@types/node',
  ].map(locked);
  await npm(project, ['install', '--prefer-offline', `./${tarball}`, ...versions]);
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** Another user's project, with other servers and scrapers. */
let other: Project;

describe('the tarball', () => {
  test('holds the build, its sources, the README and the licence, and nothing else', async () => {
    const { stdout } = await runFile('tar', ['--list', '--file', join(project, tarball)]);
    const files = stdout.trim().split('\n');
    const expected =
      /^package\/(package\.json|README\.md|LICENSE|dist\/[\w/-]+\.(js|d\.ts)(\.map)?|src\/[\w/-]+\.ts)$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE']));
    const built = globSync('instrumentation/src/**/*.ts', {
      cwd: root,
      exclude: ['**/*.test.ts', '**/cases/**'],
    });
    expect(files.filter((file) => file.endsWith('.js'))).toHaveLength(built.length);
  });

  test('holds no secret and no path of the machine that packed it', async () => {
    const secret = /-----BEGIN|_authToken|\b(ghp|github_pat|npm|sk-ant)[_-]\w{20}|AKIA\w{16}/;
    const folder = join(project, 'node_modules/koa-context-window');
    for (const file of globSync('**/*.*', { cwd: folder })) {
      const content = await readFile(join(folder, file), 'utf8');
      expect({ file, secret: content.match(secret)?.[0] }).toEqual({ file, secret: undefined });
      expect({ file, namesThisMachine: content.includes(root) }).toEqual({ file, namesThisMachine: false });
    }
  });

  test('takes at most 350 kB to download and 1.7 MB on disk', async () => {
    expect(statSync(join(project, tarball)).size).toBeLessThanOrEqual(350_000);
    const files = globSync('**/*.*', { cwd: join(project, 'node_modules/koa-context-window') });
    const bytes = files.reduce(
      (sum, file) => sum + statSync(join(project, 'node_modules/koa-context-window', file)).size,
      0,
    );
    expect(bytes).toBeLessThanOrEqual(1_700_000);
  });

  test('has the types of the committed report', async () => {
    const folder = join(project, 'node_modules/koa-context-window/dist');
    const entries = Object.values(manifest.exports as Record<string, { types?: string }>);
    const types = entries.flatMap((entry) => (entry.types === undefined ? [] : [entry.types]));
    const report = apiReport(
      folder,
      types.map((path) => path.replace('./dist/', '')),
    );
    // After a change on purpose: vitest --update.
    await expect(report).toMatchFileSnapshot(join(root, 'instrumentation/api-report.txt'));
  });

  test("carries the repository's licence", async () => {
    const licence = await readFile(join(project, 'node_modules/koa-context-window/LICENSE'), 'utf8');
    expect(licence).toBe(await readFile(join(root, 'LICENSE'), 'utf8'));
  });

  test('passes publint', async () => {
    const { stdout } = await runBin('publint', ['run', join(project, tarball), '--strict']);
    expect(stdout).toContain('All good!');
  });

  test('passes Are the types wrong, as a package of ES modules', async () => {
    const { stdout } = await runBin('attw', [join(project, tarball), '--profile=esm-only', '--format=json']);
    const { analysis } = JSON.parse(stdout) as {
      analysis: { types: unknown; problems: { resolutionKind?: string }[] };
    };
    expect(analysis.types).toMatchObject({ kind: 'included' });
    expect(
      analysis.problems.filter(({ resolutionKind }) => !/node10|node16-cjs/.test(`${resolutionKind}`)),
    ).toEqual([]);
  });
});

describe('the metrics SDK', () => {
  const copies = (names: readonly string[]) =>
    names.filter((name) => name.endsWith('/@opentelemetry/sdk-metrics'));

  test('is in the lock file once: with two, an application would export half of its metrics', async () => {
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: object };
    expect(copies(Object.keys(lock.packages))).toEqual(['node_modules/@opentelemetry/sdk-metrics']);
  });

  test("is in a user's project once", () => {
    const folders = globSync('**/@opentelemetry/sdk-metrics', { cwd: join(project, 'node_modules') });
    expect(folders).toEqual(['@opentelemetry/sdk-metrics']);
  });
});

describe('importing the package', () => {
  const openAfter = (code: string) =>
    runNode(`${code}
      const signals = ['SIGINT', 'SIGTERM', 'beforeExit'].map((event) => process.listenerCount(event));
      const open = process.getActiveResourcesInfo().filter((resource) => resource !== 'PipeWrap');
      console.log(JSON.stringify([open, signals]));`);

  test.each(entryPoints)(
    'as %s opens nothing, listens to no signal and lets the process end',
    async (name) => {
      // An unref'ed timer does not count as open, so creating any timer throws.
      const noTimers = `for (const name of ['setTimeout', 'setInterval'])
      globalThis[name] = () => { throw new Error(name); };`;
      const imported = await openAfter(`${noTimers} await import('${name}');`);
      expect(imported).toBe('[[],[0,0,0]]\n');
      expect(await openAfter(`setTimeout(() => {}, 1);`)).toBe('[["Timeout"],[0,0,0]]\n');
    },
  );

  test('needs nothing that the package does not declare', async () => {
    const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
    const code = globSync('node_modules/koa-context-window/dist/**/*.{js,d.ts}', { cwd: project });
    const imported = code.flatMap((file) => importsOf(readFileSync(join(project, file), 'utf8')));
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !declared.has(name))).toEqual([]);
  });
});

describe('the README', () => {
  test('has an example that exports the value in its text', async () => {
    await using recorder = await startOtlpRecorder();
    await using app = await startApp(codeOf('js', 0), recorder.url);
    const response = await fetch(app.url, { headers: { 'X-Claude-Code-Session-Id': '8f14e45f' } });
    expect(await response.text()).toBe('reported for 8f14e45f\n');
    expect(readme).toContain(`${usage}{session_id="8f14e45f"}\` = 71`);
    await vi.waitUntil(() => recorder.points(usage).length > 0, { timeout: 60_000 });
    expect(recorder.points(usage)[0]).toMatchObject({ attributes: { session_id: '8f14e45f' }, value: 71 });
  });

  test("has an example for the application's own NodeSDK that exports and shuts down", async () => {
    await using recorder = await startOtlpRecorder();
    const use = `registry.reportUsage('s1', { tokensUsed: 7 }); await sdk.shutdown();`;
    await runNode(codeOf('js', 6) + use, { OTEL_EXPORTER_OTLP_ENDPOINT: recorder.url });
    expect(
      recorder.points(sessionMetrics.contextTokens.name).map(({ value, flags }) => [value, flags]),
    ).toEqual([
      [7, 0],
      [undefined, 1],
    ]);
  });

  test("has the demo's MCP server as its example", () => {
    expect(codeOf('ts', 0)).toBe(readFileSync(join(root, 'scripts/demo/mcp-server.ts'), 'utf8'));
  });

  test('names every option with its type, as the published types have them', async () => {
    await writeFile(join(project, 'consumer.ts'), consumer);
    const compilerOptions = { strict: true, target: 'es2024', types: ['node'], noEmit: true };
    for (const module of ['nodenext', 'preserve']) {
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: { ...compilerOptions, module, skipLibCheck: false },
          files: ['consumer.ts'],
        }),
      );
      await expect(runBin('tsc', ['--project', project])).resolves.toMatchObject({ stdout: '' });
    }
    const options = Array.from(consumer.matchAll(/^ {2}(\w+)/gm), ([, name]) => `| \`${name}\``);
    for (const option of options) expect(readme).toContain(option);
  });
});

describe('the README, for other servers and scrapers,', () => {
  beforeAll(async () => {
    const needs = ['@opentelemetry/api', '@opentelemetry/exporter-metrics-otlp-http'].map(locked);
    const scraped = ['@opentelemetry/exporter-prometheus@0.301.0', locked('prom-client')];
    const servers = [
      ...scraped,
      'express@5.3.0',
      'fastify@5.12.8',
      'hono@4.13.19',
      '@hono/node-server@2.1.9',
    ];
    other = await projectWith([join(project, tarball), ...needs, ...servers]);
  });
  afterAll(() => other[Symbol.asyncDispose]());

  test.each([
    ['Express', 1],
    ['Fastify', 2],
    ['Hono', 3],
  ])('has an example for %s in at most 15 lines that exports the value', async (_, index) => {
    const code = codeOf('js', index);
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(15);
    await using recorder = await startOtlpRecorder();
    await using app = await startApp(code, recorder.url, other.path);
    const response = await fetch(app.url, { headers: { 'X-Claude-Code-Session-Id': '8f14e45f' } });
    expect(await response.text()).toBe('reported for 8f14e45f\n');
    await vi.waitUntil(() => recorder.points(usage).length > 0, { timeout: 60_000 });
    expect(recorder.points(usage)[0]).toMatchObject({ attributes: { session_id: '8f14e45f' }, value: 71 });
  });

  const report = `
    registry.reportUsage('stays', { tokensUsed: 142_000 });
    registry.reportUsage('ends', { tokensUsed: 150_000 });`;
  const lines = (text: string) => text.split('\n').filter((line) => line.startsWith(`${usage}{`));
  const expectScrapes = (before: string, after: string) => {
    expect(lines(before).map((line) => /session_id="(\w+)".* ([\d.]+)/.exec(line)?.slice(1))).toEqual(
      expect.arrayContaining([
        ['stays', '71'],
        ['ends', '75'],
      ]),
    );
    expect(lines(before)).toHaveLength(2);
    expect(lines(after)).toHaveLength(1);
  };

  test('has an example for the Prometheus exporter, without zero points and ended sessions', async () => {
    const port = await freePort();
    const print = `${report}
      const scrape = () => fetch('http://127.0.0.1:${port}/metrics').then((response) => response.text(), scrape);
      const before = await scrape();
      registry.end('ends');
      console.log(JSON.stringify([before, await scrape()]));
      process.exit();`;
    const printed = await runNode(codeOf('js', 4) + print, { PORT: `${port}` }, other.path);
    const [before, after] = JSON.parse(printed) as [string, string];
    expectScrapes(before, after);
    const crossings = before
      .split('\n')
      .filter((line) => line.startsWith('contextd_session_threshold_70_total{'));
    expect(crossings).toHaveLength(2);
    expect(crossings.every((line) => /^contextd_session_threshold_70_total\{.*\} 1( |$)/.test(line))).toBe(
      true,
    );
  });

  test('has an example for prom-client', async () => {
    const print = `${report}
      const before = await scrape();
      registry.end('ends');
      console.log(JSON.stringify([before, await scrape()]));`;
    const [before, after] = JSON.parse(await runNode(codeOf('js', 5) + print, {}, other.path)) as [
      string,
      string,
    ];
    expectScrapes(before, after);
  });
});

test("a request's body is left to the application", async () => {
  const app = await startApp(
    `import Koa from 'koa';
    import { text } from 'node:stream/consumers';
    import { contextWindow, SessionRegistry } from 'koa-context-window';
    const app = new Koa();
    app.use(contextWindow({ registry: new SessionRegistry() }));
    app.use(async (ctx) => {
      // Time for a middleware that reads the body too early to lose it.
      await new Promise((resolve) => setTimeout(resolve, 50));
      ctx.body = ctx.state.contextWindow.sessionIdSource + ' ' + (await text(ctx.req));
    });
    app.listen(process.env.PORT);`,
    'http://127.0.0.1:9',
  );
  await using _ = app;
  const body = JSON.stringify({ params: { _meta: { session_id: 'unparsed' } } });
  expect(await (await fetch(app.url, { method: 'POST', body })).text()).toBe(`connection ${body}`);
});

/** Every option of the README's tables, indented by two spaces, checked by the compiler. */
const consumer = `
import Koa from 'koa';
import { createServer } from 'node:http';
import { connectionName, contextWindow, identifySession, sessionIdSources, SessionRegistry, systemClock, track } from 'koa-context-window';
import { gatewayUsage } from 'koa-context-window/claude-code';
import { sessionMetricReader, startTelemetry } from 'koa-context-window/telemetry';
import type { ContextWindowState, Refusal } from 'koa-context-window';
import type { Telemetry } from 'koa-context-window/telemetry';

const registry = new SessionRegistry({
  idleTimeoutMillis: 3_600_000,
  maxSessions: 10_000,
  clock: systemClock,
});
const exported = {
  registry,
  exportIntervalMillis: 1_000,
  url: 'http://localhost:4318/v1/metrics',
  protocol: 'http/protobuf' as const,
  headers: { authorization: 'Bearer t' },
  series: [() => []],
};
const telemetry: Telemetry = startTelemetry({
  ...exported,
  serviceName: 'my-server',
  shutdownTimeoutMillis: 3_000,
  flushOnSignals: true,
});
sessionMetricReader(exported);
const app = new Koa<ContextWindowState>();
app.use(contextWindow({
  registry,
  sessionIdSources: [{ name: 'mine', read: ({ headers }) => headers['x-mine'] }, ...sessionIdSources],
  readUsage: (ctx) => ({ tokensUsed: Number(ctx['tokens']) }),
  recordDuration: false,
}));
app.use((ctx) => {
    const { contextWindow: session } = ctx.state;
    const answers: (Refusal | undefined)[] = [
        session.report({ tokensUsed: 1, windowTokens: 2, model: 'm' }),
        session.checkpoint({ tokensSaved: 1 }),
        session.end(),
    ];
    ctx.body = [session.sessionId, session.sessionIdSource, answers];
    // @ts-expect-error a report without tokens
    session.report({});
});
// @ts-expect-error not a registry
contextWindow({ registry: 1 });
createServer((req, res) => {
    track(req, res, {
  registry,
  body: {},
  route: '/',
  recordDuration: true,
    }).report({ tokensUsed: 1 });
    identifySession({ headers: req.headers, connection: connectionName(req.socket) });
});
gatewayUsage({ accept: () => undefined });
await using stopped: AsyncDisposable = telemetry;
`;

/** A fenced block of the README by its language and index. */
function codeOf(language: string, index: number): string {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))][index]![1]!;
}

/** The declarations of the entry points and of the files whose content they export, without comments. */
function apiReport(folder: string, entries: readonly string[]): string {
  const reached = new Set(entries);
  const parts: string[] = [];
  for (const file of reached) {
    const code = readFileSync(join(folder, file), 'utf8')
      .replaceAll(/\/\*[^]*?\*\//g, '')
      .replaceAll(/^\/\/.*$|^\s*\n/gm, '');
    for (const [, path] of code.matchAll(/^export (?:type )?\{[^}]*\} from '(\.[^']+)'/gm)) {
      reached.add(join(dirname(file), path!).replace(/(?<!\.d)\.[jt]s$/, '.d.ts'));
    }
    parts.push(`# ${file}\n\n${code.trim()}\n`);
  }
  return parts.toSorted().join('\n');
}

function importsOf(code: string): string[] {
  const specifiers = Array.from(
    code.matchAll(/(?:^(?:import|export|\})(?:.* from)?|import\() ?'([^'\n]+)'/gm),
    ([, specifier]) => specifier!,
  );
  return specifiers
    .filter((specifier) => !/^(\.|node:)/.test(specifier))
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)![0]);
}

function runBin(name: string, args: readonly string[]) {
  return runFile(join(root, 'node_modules/.bin', name), args, { cwd: project });
}

/** Runs a module in the user's project to its end. */
async function runNode(code: string, env: NodeJS.ProcessEnv = {}, cwd = project): Promise<string> {
  const args = ['--input-type=module', '--eval', code];
  const { stdout } = await runFile(process.execPath, args, { cwd, env: { ...process.env, ...env } });
  return stdout;
}

/** Starts a server in the user's project and waits until it listens. */
async function startApp(code: string, otlpEndpoint: string, cwd = project) {
  const port = await freePort();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd,
    env: { ...process.env, PORT: `${port}`, OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint },
  });
  const exit = once(child, 'exit');
  const errors = text(child.stderr);
  const url = `http://127.0.0.1:${port}/`;
  await vi.waitFor(async () => {
    if (child.exitCode !== null) throw new Error(await errors);
    await once(connect(port, '127.0.0.1').end(), 'connect');
  }, 60_000);
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
