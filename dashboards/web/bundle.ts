import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const folder = join(import.meta.dirname, 'browser');

/** Bundles the files that the receiver serves for the page. Maps file names to their text. */
export async function webFiles(): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.tsx'), join(folder, 'app.css')],
    entryNames: 'app',
    outdir: 'web',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'eof',
    charset: 'utf8',
    tsconfigRaw: {},
  });
  const bundled = outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/') + 1), text] as const);
  return new Map([['index.html', await readFile(join(folder, 'index.html'), 'utf8')], ...bundled]);
}
