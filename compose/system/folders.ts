import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether this is the built package that npm installs. Otherwise it is a clone, whose TypeScript Node runs as it is. */
export const isPackage = import.meta.url.endsWith('.mjs');

/** The extension of ctxd's own modules, for those that a process of its own runs. */
export const moduleExtension = isPackage ? '.mjs' : '.ts';

/** The folder of ctxd's own files: the clone, or the package's `dist`, which is laid out like a clone. */
export const programFolder = resolve(import.meta.dirname, '../..');

/** The script that runs ctxd's commands. */
export const ctxdScript = join(programFolder, isPackage ? '..' : '.', 'scripts/ctxd.cjs');

/** The folder of the copy that npx keeps and that runs now; nothing for an installed ctxd or a clone. */
export const npxFolder = /^(.*\/_npx\/[^/]+)\//.exec(ctxdScript)?.[1];

/** The folder of downloaded and built programs: `ctxd` below `XDG_CACHE_HOME`, else below `~/.cache` or macOS' own. */
export function cacheDirFrom(env: Environment, platform: NodeJS.Platform = process.platform): string {
  return join(
    env['XDG_CACHE_HOME'] || join(homeIn(env), platform === 'darwin' ? 'Library/Caches' : '.cache'),
    'ctxd',
  );
}

/** The folder of the user's settings: `ctxd` below `XDG_CONFIG_HOME`, else below `~/.config`. */
export function configDirFrom(env: Environment): string {
  return join(env['XDG_CONFIG_HOME'] || join(homeIn(env), '.config'), 'ctxd');
}

/** The user's home folder. */
export const homeIn = (env: Environment): string => env['HOME'] || homedir();
