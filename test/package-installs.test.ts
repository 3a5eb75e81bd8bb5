import { globSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { sessionMetrics } from 'koa-context-window';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { locked, packInto, projectWith, runFile, type Project } from './installed-package.ts';
import { startOtlpRecorder } from './otlp-recorder.ts';

const root = join(import.meta.dirname, '..');
const usage = sessionMetrics.contextUsagePercent.name;

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koa-context-window-tarball-'));
  tarball = await packInto(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const otel = (line: Record<'api' | 'sdk' | 'experimental', string>) => [
  `@opentelemetry/api@${line.api}`,
  `@opentelemetry/sdk-metrics@${line.sdk}`,
  `@opentelemetry/exporter-metrics-otlp-http@${line.experimental}`,
  `@opentelemetry/sdk-node@${line.experimental}`,
];
const newest = ['api', 'sdk-metrics', 'exporter-metrics-otlp-http', 'sdk-node'].map((name) =>
  locked(`@opentelemetry/${name}`),
);

describe.each([
  [
    'OpenTelemetry 2.0 and Koa 2.16',
    [...otel({ api: '1.9.0', sdk: '2.0.0', experimental: '0.200.0' }), 'koa@2.16.0'],
  ],
  [
    'OpenTelemetry 2.12 and Koa 2',
    [...otel({ api: '1.9.1', sdk: '2.12.0', experimental: '0.223.0' }), 'koa@2'],
  ],
  ['OpenTelemetry 3 and Koa 3', [...newest, locked('koa')]],
])('beside %s', (_, packages) => {
  let project: Project;
  beforeAll(async () => {
    project = await projectWith([tarball, ...packages, locked('@types/koa'), locked('@types/node')]);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  test.each(['mjs', 'cjs'])(
    'an application exports its sessions and its own metrics once, as .%s',
    async (kind) => {
      await writeFile(join(project.path, `app.${kind}`), application(kind));
      expect(await exportsOf((env) => project.run(`app.${kind}`, env))).toEqual(expected);
    },
  );

  test.each(['mjs', 'cjs'] as const)('a bundle of an application works, as .%s', async (kind) => {
    await writeFile(join(project.path, 'app.mjs'), application('mjs'));
    const bundle = join(folder, `bundle.${kind}`);
    await build({
      entryPoints: [join(project.path, 'app.mjs')],
      absWorkingDir: project.path,
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: kind === 'mjs' ? 'esm' : 'cjs',
      logLevel: 'error',
      // Koa is CommonJS, which requires Node's own modules.
      ...(kind === 'mjs' && {
        banner: {
          js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
        },
      }),
    });
    const run = async (env: NodeJS.ProcessEnv) => {
      const { stdout } = await runFile(process.execPath, [bundle], {
        cwd: folder,
        env: { ...process.env, ...env },
      });
      return stdout;
    };
    expect(await exportsOf(run)).toEqual(expected);
  });

  test('a reader fits the types of the MeterProvider', async () => {
    await writeFile(join(project.path, 'consumer.ts'), typedApplication);
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
    const tsc = join(root, 'node_modules/.bin/tsc');
    const result = runFile(tsc, [...options, '--skipLibCheck', 'consumer.ts'], { cwd: project.path });
    await expect(result).resolves.toMatchObject({ stdout: '' });
  });
});

test('works in the oldest supported Node and TypeScript', async () => {
  const tools = ['node@22.22.0', 'typescript@5.4.5', '@types/node@22', locked('@types/koa')];
  await using project = await projectWith([tarball, ...newest, locked('koa'), ...tools]);
  const bin = join(project.path, 'node_modules/.bin');
  await writeFile(join(project.path, 'consumer.ts'), typedApplication);
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  await runFile(join(bin, 'tsc'), [...options, '--lib', 'es2022,esnext.disposable', 'consumer.ts'], {
    cwd: project.path,
  });
  for (const kind of ['mjs', 'cjs']) {
    await writeFile(join(project.path, `app.${kind}`), application(kind));
    const run = async (env: NodeJS.ProcessEnv) => {
      const file = join(project.path, `app.${kind}`);
      return (await runFile(join(bin, 'node'), [file], { env: { ...process.env, ...env } })).stdout;
    };
    expect(await exportsOf(run)).toEqual(expected);
  }
});

describe('an installation', () => {
  test('without telemetry needs few packages, of which OpenTelemetry is the API', async () => {
    await using project = await projectWith([tarball, locked('koa'), locked('@opentelemetry/api')]);
    const packages = packagesIn(project.path);
    expect(packages.filter((name) => name.startsWith('@opentelemetry/'))).toEqual(['@opentelemetry/api']);
    expect(packages.length).toBeLessThanOrEqual(45);
    expect(megabytesIn(project.path)).toBeLessThanOrEqual(12);
    await writeFile(join(project.path, 'core.mjs'), core);
    expect(await project.run('core.mjs')).toBe('71 []\n');
    await writeFile(join(project.path, 'cost.mjs'), importCost);
    const costs: number[] = [];
    for (let run = 0; run < 10; run++) costs.push(Number(await project.run('cost.mjs')));
    // The least of ten, because a busy machine adds to the others.
    expect(Math.min(...costs)).toBeLessThanOrEqual(20);
  });

  test('with telemetry has one copy of each package', async () => {
    const exporter = locked('@opentelemetry/exporter-metrics-otlp-http');
    await using project = await projectWith([tarball, locked('koa'), locked('@opentelemetry/api'), exporter]);
    const packages = packagesIn(project.path);
    const ofOpenTelemetry = packages.filter((name) => name.startsWith('@opentelemetry/'));
    expect(ofOpenTelemetry).toEqual([...new Set(ofOpenTelemetry)]);
    expect(packages.length).toBeLessThanOrEqual(50);
    expect(megabytesIn(project.path)).toBeLessThanOrEqual(20);
  });
});

/** Reports one session, and prints which modules outside the package the import has loaded. */
const core = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load(url, context, next) {
  if (!url.startsWith('node:') && !url.includes('/koa-context-window/')) loaded.push(url);
  return next(url, context);
} });
const { SessionRegistry, contextWindow } = await import('koa-context-window');
const registry = new SessionRegistry();
contextWindow({ registry });
registry.reportUsage('s1', { tokensUsed: 142_000 });
console.log(registry.activeSessions()[0].usagePercent, JSON.stringify(loaded));
`;

/** Prints the CPU milliseconds of the import. */
const importCost = `
const before = process.cpuUsage();
await import('koa-context-window');
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000);
`;

const names = {
  koa: 'Koa',
  '@opentelemetry/api': '{ metrics }',
  '@opentelemetry/sdk-metrics': '{ MeterProvider, PeriodicExportingMetricReader }',
  '@opentelemetry/exporter-metrics-otlp-http': '{ OTLPMetricExporter }',
  'koa-context-window': '{ contextWindow, SessionRegistry }',
  'koa-context-window/telemetry': '{ sessionMetricReader, startTelemetry }',
};

/** An application with its own MeterProvider, a reader for one registry in it, and `startTelemetry` for another. */
function application(kind: string): string {
  const imports = Object.entries(names).map(([name, imported]) =>
    kind === 'cjs' ? `const ${imported} = require('${name}');` : `import ${imported} from '${name}';`,
  );
  return `${imports.join('\n')}
async function main() {
  const standalone = new SessionRegistry();
  const telemetry = startTelemetry({ registry: standalone, exportIntervalMillis: 60_000 });
  standalone.reportUsage('standalone', { tokensUsed: 20_000 });
  const registry = new SessionRegistry();
  const exporter = new OTLPMetricExporter();
  const provider = new MeterProvider({
    readers: [
      sessionMetricReader({ registry, exportIntervalMillis: 60_000 }),
      new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000, exportTimeoutMillis: 30_000 }),
    ],
  });
  console.log(metrics.setGlobalMeterProvider(provider));
  metrics.getMeter('app').createCounter('app.orders').add(3);
  const app = new Koa();
  app.use(contextWindow({ registry }));
  app.use((ctx) => void (ctx.body = ctx.state.contextWindow.report({ tokensUsed: 122_000 }) + ''));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const headers = { 'x-claude-code-session-id': 'served' };
  const response = await fetch('http://127.0.0.1:' + server.address().port, { headers });
  console.log(await response.text());
  server.closeAllConnections();
  server.close();
  await provider.shutdown();
  await telemetry.shutdown();
}
void main();
`;
}

const typedApplication = `
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { SessionRegistry } from 'koa-context-window';
import { sessionMetricReader } from 'koa-context-window/telemetry';
new MeterProvider({ readers: [sessionMetricReader({ registry: new SessionRegistry() })] });
// @ts-expect-error not a registry
sessionMetricReader({ registry: 1 });
`;

const expected = {
  printed: 'true\nundefined\n',
  usage: [
    ['served', 61, 0],
    ['served', undefined, 1],
    ['standalone', 10, 0],
    ['standalone', undefined, 1],
  ],
  orders: [3],
};

/** What an application exports in its life. */
async function exportsOf(run: (env: NodeJS.ProcessEnv) => Promise<string>) {
  await using recorder = await startOtlpRecorder();
  const printed = await run({ OTEL_EXPORTER_OTLP_ENDPOINT: recorder.url });
  return {
    printed,
    usage: recorder
      .points(usage)
      .map(({ attributes, value, flags }) => [attributes['session_id'], value, flags]),
    orders: recorder.points('app.orders').map(({ value }) => value),
  };
}

function packagesIn(path: string): string[] {
  const lock = JSON.parse(readFileSync(join(path, 'package-lock.json'), 'utf8')) as { packages: object };
  return Object.keys(lock.packages)
    .filter((name) => name.startsWith('node_modules/'))
    .map((name) => name.replace(/^.*node_modules\//, ''));
}

function megabytesIn(path: string): number {
  const files = globSync('node_modules/**/*', { cwd: path, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0) / 1_000_000;
}
