import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');

/** Runs a program to its end. */
export const runFile = promisify(execFile);

/** A user's project, deleted when disposed of. */
export interface Project extends AsyncDisposable {
  readonly path: string;
  /** Runs a module to its end and returns what it printed. */
  run(file: string, env?: NodeJS.ProcessEnv): Promise<string>;
}

/** Packs the published package into a folder and returns the path of the tarball. */
export async function packInto(folder: string): Promise<string> {
  await npm(root, ['pack', '--workspace=instrumentation', `--pack-destination=${folder}`]);
  return join(folder, globSync('*.tgz', { cwd: folder })[0]!);
}

/** Creates a project and installs packages, such as a tarball or `koa@2.16.0`. */
export async function projectWith(packages: readonly string[]): Promise<Project> {
  const path = await mkdtemp(join(tmpdir(), 'koa-context-window-project-'));
  await writeFile(join(path, 'package.json'), '{ "private": true, "type": "module" }');
  await npm(path, ['install', '--prefer-offline', ...packages]);
  return {
    path,
    async run(file, env = {}) {
      const { stdout } = await runFile(process.execPath, [file], {
        cwd: path,
        env: { ...process.env, ...env },
      });
      return stdout;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** A package in the version that this repository has installed, such as `koa@3.3.0`. */
export function locked(name: string): string {
  const json = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return `${name}@${(JSON.parse(json) as { version: string }).version}`;
}

/** Runs npm without its notices. */
export function npm(cwd: string, args: readonly string[]) {
  return runFile('npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'], {
    cwd,
  });
}
