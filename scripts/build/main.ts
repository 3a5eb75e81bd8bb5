import { globSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { commandWords, packageWording } from './package-wording.ts';
import { forPackage } from './source-plugin.ts';
import { billOfMaterials, bundledPackages, packagesIn, thirdPartyNotices } from './third-party.ts';

const repository = join(import.meta.dirname, '../..');
const dist = join(repository, 'dist');

/** The modules that Node starts, by groups that share code. Each group is one folder of `dist`. */
const groups = [
  ['scripts/ctxd/process.ts', 'scripts/ctxd/glance.ts', 'scripts/ctxd/update-check.ts'],
  // Alone in its folder, because a container mounts that.
  ['scripts/receiver/main.ts'],
  ['compose/runtime/native/supervise.ts'],
];

/** What the modules read while they run, at the places where a clone has it. */
const files = [
  'alerts/generated',
  'alerts/runbooks',
  'compose/collector.yaml',
  'compose/grafana/provisioning',
  'compose/programs/collector/main.go',
  'compose/relabel.yaml',
  'compose/runtime/native/watcher.cjs',
  'compose/scrape.yaml',
  'dashboards/generated',
  'scripts/connect/status-line.sh',
];

const texts = new Set(['.html', '.js', '.json', '.md', '.yaml']);

const options = {
  absWorkingDir: repository,
  bundle: true,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // So that they are modules wherever they are mounted.
  outExtension: { '.js': '.mjs' },
  // A package in both forms is bundled as modules.
  mainFields: ['module', 'main'],
  conditions: ['@koa-context-window/source'],
  define: { 'process.env.NODE_ENV': '"production"' },
  // Ink imports it only while Ink itself is developed.
  external: ['react-devtools-core'],
  // Packages in CommonJS require Node's own modules.
  banner: {
    js: `import { createRequire as createCtxdRequire } from 'node:module';\nconst require = createCtxdRequire(import.meta.url);`,
  },
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
} satisfies BuildOptions & { metafile: true };

await rm(dist, { recursive: true, force: true });
const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
};
const words = commandWords(manifest.scripts);
const bundled = new Set(['preact', 'uplot']);
for (const entryPoints of groups) for (const name of await bundle(entryPoints, dist)) bundled.add(name);
await writeComposeFile();
for (const path of files) await copy(path);
const packages = await bundledPackages([...bundled], repository);
await write('third-party.txt', thirdPartyNotices(packages));
await write('ctxd.cdx.json', billOfMaterials(packages, manifest.version));

/** Bundles modules with everything that they import. Returns the names of the packages in the result. */
async function bundle(entryPoints: readonly string[], root: string): Promise<ReadonlySet<string>> {
  const folder = dirname(entryPoints[0] ?? '');
  const { metafile } = await build({
    ...options,
    entryPoints: entryPoints.map((path) => join(repository, path)),
    outdir: join(root, folder),
    splitting: entryPoints.length > 1,
    plugins: [forPackage({ repository, folder, words, version: manifest.version })],
  });
  return packagesIn(metafile);
}

/** The package's containers mount other folders than a clone's, so their file comes from the bundled code. */
async function writeComposeFile(): Promise<void> {
  const module = 'compose/compose-file.ts';
  const draft = join(dist, '.draft');
  await bundle([module], draft);
  const { composeFile } = (await import(
    pathToFileURL(join(draft, module.replace('.ts', '.mjs'))).href
  )) as typeof import('../../compose/compose-file.ts');
  await write('compose/generated/compose.yaml', composeFile());
  await rm(draft, { recursive: true });
}

async function copy(path: string): Promise<void> {
  await cp(join(repository, path), join(dist, path), { recursive: true });
  const copied = globSync([path, `${path}/**/*`], { cwd: dist, withFileTypes: true });
  for (const entry of copied) {
    if (!entry.isFile() || !texts.has(extname(entry.name))) continue;
    const file = join(entry.parentPath, entry.name);
    await write(relative(dist, file), packageWording(await readFile(file, 'utf8'), words));
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(dist, path)), { recursive: true });
  await writeFile(join(dist, path), text);
}
