import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Plugin } from 'esbuild';
import { type CommandWords, packageWording } from './package-wording.ts';

/** Where a bundle goes, and what its texts say. */
interface PackageOptions {
  /** The clone. */
  readonly repository: string;
  /** The folder of the bundle, relative to `dist`. */
  readonly folder: string;
  readonly words: CommandWords;
  readonly version: string;
}

/** Stands in for what only a clone has. */
const withoutCloneCommands = `
export const cloneCommands = {};
export const loadPackageFromSource = async () => {};`;

/**
 * Fits this repository's sources to the package: paths relative to a source lead to the same place below `dist`, texts
 * name the commands of somebody without a clone, and the commands that need a clone are left out.
 */
export function forPackage({ repository, folder, words, version }: PackageOptions): Plugin {
  const ownSource = (path: string) => !path.includes(`${sep}node_modules${sep}`);
  return {
    name: 'for-package',
    setup: (build) => {
      build.onLoad({ filter: /\/clone-commands\.ts$/ }, () => ({ contents: withoutCloneCommands }));
      build.onLoad({ filter: /\/package\.json$/ }, ({ path }) =>
        path === join(repository, 'package.json')
          ? { contents: JSON.stringify({ version }), loader: 'json' }
          : undefined,
      );
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!ownSource(path)) return undefined;
        const place = join(relative(folder, '.'), relative(repository, dirname(path)));
        const source = (await readFile(path, 'utf8'))
          .replaceAll('import.meta.dirname', `(import.meta.dirname + '/${place}')`)
          .replaceAll(/(Usage: ctxd [^\n]*), or npm run [^\n`]*/g, '$1');
        return { contents: packageWording(source, words), loader: 'ts' };
      });
    },
  };
}
