import { existsSync, globSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { defaultThresholds } from '#thresholds';
import { rulesFile } from '../../alerts/rules.ts';
import { composeFile } from '../../compose/compose-file.ts';
import { dashboardFiles } from '../../dashboards/grafana/dashboard-file.ts';
import { exitCodes } from '../../compose/system/stack-error.ts';
import type { Surface } from '../reach/surface.ts';
import { webFiles } from '../../dashboards/web/bundle.ts';
import { glanceBundle } from './glance-bundle.ts';
import { withTables } from './readme-tables.ts';

const repository = join(import.meta.dirname, '../..');

/** How the generated files on disk differ from the code, by repository-relative path. */
export interface Drift {
  /** Missing or different. */
  readonly stale: readonly string[];
  /** In a folder of generated files, but not generated. */
  readonly unknown: readonly string[];
}

/** Every generated file: repository-relative path → content. Of the documents, only their tables are generated. */
export async function generatedFiles(root = repository): Promise<ReadonlyMap<string, string>> {
  const files = new Map([
    ['alerts/generated/rules.yaml', rulesFile()],
    ['compose/generated/compose.yaml', composeFile()],
    ['scripts/generated/glance.cjs', await glanceBundle()],
  ]);
  for (const [name, json] of dashboardFiles(defaultThresholds))
    files.set(`dashboards/generated/grafana/${name}`, json);
  for (const [name, text] of await webFiles()) files.set(`dashboards/generated/web/${name}`, text);
  for (const path of globSync('{README.md,docs/*.md,instrumentation/README.md}', { cwd: root }).toSorted())
    files.set(path, withTables(await readFile(join(root, path), 'utf8')));
  return files;
}

const usage = `Usage: ctxd generate, or npm run generate

Writes dashboards, alert rules, the compose file, the code behind prompts and the tables of the documentation from the code.`;

/** Runs `ctxd generate` and returns its exit status. */
export async function generateCommand(
  args: readonly string[],
  { print }: Pick<Surface, 'print'>,
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) print(usage);
  else await generate(repository, print);
  return exitCodes.ok;
}

/** Compares the generated files with those on disk. */
export async function drift(files: ReadonlyMap<string, string>, root = repository): Promise<Drift> {
  const stale: string[] = [];
  for (const [path, generated] of files) {
    if ((await content(root, path)) !== generated) stale.push(path);
  }
  return { stale, unknown: filesInGeneratedFolders(root).filter((path) => !files.has(path)) };
}

/** Writes stale files, removes unknown ones, and prints what it did. */
export async function generate(root = repository, print = console.log): Promise<void> {
  const files = await generatedFiles(root);
  const { stale, unknown } = await drift(files, root);
  for (const path of stale) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), files.get(path) ?? '');
    print(`wrote    ${path}`);
  }
  for (const path of unknown) {
    await rm(join(root, path));
    print(`removed  ${path}`);
  }
  print(`${files.size} generated files are up to date. Commit them together with their sources.`);
}

function filesInGeneratedFolders(root: string): string[] {
  return globSync('{alerts,compose,dashboards,scripts}/generated/**', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

async function content(root: string, path: string): Promise<string | undefined> {
  return existsSync(join(root, path)) ? await readFile(join(root, path), 'utf8') : undefined;
}
