import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegularFile } from '#regular-file';
import { lastWords, runCommand } from '../../compose/system/command.ts';
import { StackError } from '../../compose/system/stack-error.ts';

/**
 * Unpacks an archive into an empty folder. Someone else may have made it, so it may hold only files and folders, and no
 * name may lead out of the folder.
 *
 * @throws StackError in one sentence; the folder may be half full then
 */
export async function unpack(file: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    // tar would wait for ever for what someone writes into a FIFO.
    await (await openRegularFile(file)).close();
    expectInside(file, await tar(file, ['-tzf', file], signal));
    await tar(file, ['-xzf', file, '-C', folder, '--no-same-owner', '--no-same-permissions'], signal);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw unusable(file, `cannot be read: ${error.message}`);
    throw error;
  }
  await expectPlain(file, folder);
}

async function tar(file: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const result = await runCommand('tar', args, { signal });
  if (result.exitCode === 0) return result.stdout;
  throw unusable(file, `cannot be unpacked: ${lastWords(result)}`);
}

function expectInside(file: string, names: string): void {
  const outside = names.split('\n').find((name) => name.startsWith('/') || name.split('/').includes('..'));
  if (outside !== undefined)
    throw unusable(file, `holds \`${outside.slice(0, 128)}\`, which is outside of it`);
}

/** Refuses symbolic links, devices, FIFOs, and hard links to files outside of the folder. */
async function expectPlain(file: string, folder: string): Promise<void> {
  const links = new Map<bigint, { readonly path: string; missing: bigint }>();
  for (const name of await readdir(folder, { recursive: true })) {
    const stats = await lstat(join(folder, name), { bigint: true });
    if (stats.isDirectory()) continue;
    if (!stats.isFile()) throw unusable(file, `holds \`${name}\`, which is neither a file nor a folder`);
    const link = links.get(stats.ino) ?? { path: name, missing: stats.nlink };
    links.set(stats.ino, { ...link, missing: link.missing - 1n });
  }
  const outside = [...links.values()].find(({ missing }) => missing > 0n);
  if (outside !== undefined)
    throw unusable(file, `holds \`${outside.path}\`, a link to a file outside of it`);
}

function unusable(file: string, what: string): StackError {
  return new StackError(`${file} ${what}; nothing was changed.`);
}
