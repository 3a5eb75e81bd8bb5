import { join } from 'node:path';
import { readRegularFile, wholeFileBytes } from '#regular-file';
import { collectorAccess } from '../../compose/collector-access.ts';
import { sharedFiles } from '../../compose/files.ts';
import { type PartName, parts } from '../../compose/parts.ts';
import { alertFiles } from './alert-files.ts';
import { destinationFiles } from './destination-files.ts';
import type { Stack } from '../../compose/runtime/runtime.ts';
import { prepareState, type RuntimeName, writeOwn } from '../../compose/runtime/state.ts';

/**
 * Writes the files that the parts read, from the settings of the environment.
 *
 * @param running - the parts that will run; default: all
 * @returns a function that writes the former files again
 * @throws UsageError naming the wrong variable, before anything is written
 */
export async function writeSettings(
  runtime: RuntimeName,
  stack: Stack,
  running?: readonly PartName[],
): Promise<() => Promise<void>> {
  const { stateDir, env } = stack;
  const files = {
    ...(await destinationFiles(env)),
    ...(await alertFiles(runtime, { ...stack, ...(running && { running }) })),
  };
  const paths = [...Object.keys(files), sharedFiles.collectorAccess.path].map((path) => join(stateDir, path));
  const before = await Promise.all(paths.map(textIn));
  const names = parts.map(({ name }) => name);
  await prepareState(stateDir, names, files, collectorAccess(env, running?.includes('victoriametrics')));
  return async () => {
    for (const [index, path] of paths.entries())
      if (before[index] !== undefined) await writeOwn(path, before[index]);
  };
}

const textIn = async (path: string) => await readRegularFile(path, wholeFileBytes).catch(() => undefined);
