import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npm, runFile } from './installed-package.ts';

const root = join(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
}

let folder: string;
let packed: Packed;
/** The package, installed in an empty folder. */
let installed: string;
/** The code in it. */
let modules: readonly (readonly [path: string, code: string])[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ctxd-package-'));
  const { stdout } = await npm(root, ['pack', '--json', '--silent', `--pack-destination=${folder}`]);
  packed = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Record<string, Packed>)[0]!;
  await npm(folder, ['install', '--offline', '--prefix', folder, join(folder, packed.filename)]);
  installed = join(folder, 'node_modules/ctxd');
  modules = globSync('**/*.{mjs,cjs}', { cwd: installed, exclude: ['node_modules/**'] }).map((path) => [
    path,
    readFileSync(join(installed, path), 'utf8'),
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `ctxd` of the package with an empty home folder, and returns its output and the seconds of CPU that it took. */
async function ctxd(...args: readonly string[]) {
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  const measure = `data:text/javascript,${encodeURIComponent("process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error((user + system) / 1e6); });")}`;
  const { stdout, stderr } = await runFile(
    process.execPath,
    ['--import', measure, join(installed, 'scripts/ctxd.cjs'), ...args],
    { cwd: folder, env: { PATH: process.env['PATH'], HOME: home } },
  );
  return { stdout, seconds: Number(stderr.trim().split('\n').at(-1)) };
}

test('is small, packed and installed, and brings no other package', async () => {
  expect(packed.size).toBeLessThanOrEqual(3e6);
  expect(packed.unpackedSize).toBeLessThanOrEqual(20e6);
  expect(globSync('node_modules/*', { cwd: folder })).toEqual(['node_modules/ctxd']);
});

test('has what its commands read', async () => {
  const files = [
    'LICENSE',
    'README.md',
    'docs/settings.md',
    'dist/third-party.txt',
    'dist/alerts/generated/rules.yaml',
    'dist/alerts/runbooks/ContextWindowCritical.md',
    'dist/compose/collector.yaml',
    'dist/compose/generated/compose.yaml',
    'dist/compose/programs/collector/main.go',
    'dist/compose/runtime/native/watcher.cjs',
    'dist/compose/runtime/native/supervise.mjs',
    'dist/dashboards/generated/grafana/ctxd-context-overview.json',
    'dist/dashboards/generated/web/app.js',
    'dist/scripts/receiver/main.mjs',
  ];
  for (const file of files) expect((await stat(join(installed, file))).size, file).toBeGreaterThan(0);
});

describe('its code', () => {
  test('is JavaScript that needs no loader', () => {
    expect(globSync('**/*.{ts,tsx,mts}', { cwd: installed })).toEqual([]);
    const loading = modules.filter(([path, code]) => /registerHooks|strip-types/.test(code) && path !== '');
    expect(loading.map(([path]) => path)).toEqual([]);
  });

  test('imports only Node and itself', () => {
    const imported = modules.flatMap(([path, code]) =>
      Array.from(code.matchAll(/^(?:import|export)\b[^'"\n;]*["']([^'"\n]+)["'];?$/gm), ([, name = '']) => [
        path,
        name,
      ]),
    );
    const own = imported.filter(([, name = '']) => name.startsWith('.'));
    for (const [path = '', name = ''] of own)
      expect(globSync(join(installed, path, '..', name))).toHaveLength(1);
    const others = imported.filter(([, name = '']) => !name.startsWith('.'));
    const isNodes = (name: string) =>
      name.startsWith('node:') || process.getBuiltinModule(name) !== undefined;
    expect(others.filter(([, name = '']) => !isNodes(name) && name !== 'react-devtools-core')).toEqual([]);
    expect(own.length).toBeGreaterThan(20);
  });

  test('and its texts name the commands of somebody without a clone', () => {
    const texts = globSync('dist/**/*.{mjs,cjs,md,yaml,json,js}', { cwd: installed });
    const ofClone = texts.flatMap((path) =>
      Array.from(
        readFileSync(join(installed, path), 'utf8').matchAll(/npm run ([\w:]+)/g),
        ([, name = '']) => name,
      ),
    );
    const wrong = ofClone.filter((name) => name !== 'generate' && scripts[name] !== undefined);
    expect(wrong).toEqual([]);
    expect(texts.length).toBeGreaterThan(100);
  });
});

test('lists the packages whose code it contains, with their licences', async () => {
  const bill = JSON.parse(await readFile(join(installed, 'dist/ctxd.cdx.json'), 'utf8')) as {
    readonly components: readonly { readonly name: string; readonly licenses: readonly unknown[] }[];
  };
  const names = bill.components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['ink', 'react', 'koa', 'zod', 'uplot']));
  expect(names).not.toContain('vitest');
  expect(bill.components.filter(({ licenses }) => licenses === undefined)).toEqual([]);
  const notices = await readFile(join(installed, 'dist/third-party.txt'), 'utf8');
  expect(names.filter((name) => !notices.includes(`\n${name} `))).toEqual([]);
});

test('its containers mount its own files', async () => {
  const compose = await readFile(join(installed, 'dist/compose/generated/compose.yaml'), 'utf8');
  const sources = Array.from(compose.matchAll(/source: (\.\.\/\.\.\/\S+)/g), ([, source = '']) => source);
  for (const source of sources)
    expect(await stat(join(installed, 'dist/compose/generated', source)), source).toBeTruthy();
  expect(compose).toContain('- /etc/ctxd/scripts/receiver/main.mjs');
});

test('its help comes within a second', async () => {
  const { stdout, seconds } = await ctxd('--help');
  expect(stdout).toContain('uninstall');
  expect(stdout).not.toContain('bench');
  expect(seconds).toBeLessThanOrEqual(1);
});

test('without a stack it says what to type', async () => {
  expect((await ctxd()).stdout).toContain('  npx ctxd up ');
});
