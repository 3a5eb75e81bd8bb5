import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles what prompts wait for into one file: loading a dozen modules takes Node as long as starting. */
export async function glanceBundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../ctxd/glance.ts')],
    absWorkingDir: join(import.meta.dirname, '../..'),
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    charset: 'utf8',
    define: { 'import.meta.dirname': '__dirname', 'import.meta.url': '__filename' },
    tsconfigRaw: {},
  });
  return outputFiles[0]!.text;
}
