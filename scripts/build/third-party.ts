import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The names of the packages whose code is in a bundle. */
export function packagesIn({ inputs }: Metafile): ReadonlySet<string> {
  const names = Object.keys(inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

/** The name, version and licence of each package, with the text of its licence, for whoever gets a copy of its code. */
export async function thirdPartyNotices(names: readonly string[], repository: string): Promise<string> {
  const notices = names
    .toSorted()
    .map(async (name) => await noticeOf(join(repository, 'node_modules', name)));
  return `ctxd contains code of these packages.\n\n${(await Promise.all(notices)).join('\n')}`;
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`;
  return `${'-'.repeat(78)}\n${name} ${version} (${license ?? 'see its licence'})\n${text}`;
}
