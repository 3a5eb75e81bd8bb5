import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parts as allParts } from '../../compose/parts.ts';
import { awaitHealthy } from '../../compose/runtime/await-healthy.ts';
import { unpack } from './archive.ts';
import { manifestName } from './backup.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { dataDirOf, prepareSecrets, readJson, type StackRecord } from '../../compose/runtime/state.ts';

interface Manifest {
  readonly createdAt: string;
}

/**
 * Replaces the data with an archive's. The archive is unpacked first, so that nobody is asked about one that is unusable, and
 * that a running stack stops only briefly. If the stack does not start with the new data, the old data is put back.
 *
 * @param request - `agree` rejects if the user does not want it.
 */
export async function restore(
  { file, agree }: { readonly file: string; readonly agree: () => Promise<void> },
  stack: Stack,
  runtime: Runtime | undefined,
  record: StackRecord | undefined,
) {
  await mkdir(stack.stateDir, { recursive: true, mode: 0o700 });
  const unpacked = await mkdtemp(join(stack.stateDir, 'restore-'));
  const replaced = await mkdtemp(join(stack.stateDir, 'replaced-'));
  try {
    const { createdAt } = await unpackBackup(resolve(file), unpacked, stack);
    await agree();
    if (runtime) await prepareSecrets(stack.stateDir);
    await runtime?.stop(allParts);
    await exchange(unpacked, replaced, stack);
    if (runtime && record) await startOrTakeBack(replaced, runtime, record, stack);
    stack.print(`Restored the data of ${createdAt} from ${resolve(file)}`);
    return { file: resolve(file), createdAt };
  } finally {
    await rm(unpacked, { recursive: true, force: true });
    await rm(replaced, { recursive: true, force: true });
  }
}

async function unpackBackup(file: string, folder: string, { signal }: Stack): Promise<Manifest> {
  await unpack(file, folder, signal);
  const manifest = await readJson<Manifest>(join(folder, manifestName));
  if (manifest) return manifest;
  throw new StackError(
    `${file} is not a backup of this stack: it contains no ${manifestName}; nothing was changed.`,
    {
      remedy: 'To write a backup: npm run stack:backup -- FILE',
    },
  );
}

/** Moves the data from the state folder to `away`, and the data in `from` to the state folder. */
async function exchange(from: string, away: string, { stateDir }: Stack): Promise<void> {
  const present = new Set(await readdir(from));
  for (const { name } of allParts) {
    const data = dataDirOf(stateDir, name);
    await rename(data, join(away, name)).catch(() => undefined);
    await mkdir(join(stateDir, 'data'), { recursive: true, mode: 0o700 });
    if (present.has(name)) await rename(join(from, name), data);
    else await mkdir(data, { mode: 0o700 });
  }
}

async function startOrTakeBack(
  replaced: string,
  runtime: Runtime,
  record: StackRecord,
  stack: Stack,
): Promise<void> {
  const parts = allParts.filter(({ name }) => record.parts.includes(name));
  const start = async () => {
    await runtime.start(parts);
    await awaitHealthy(parts, runtime, stack);
    await runtime.watch();
  };
  try {
    await start();
  } catch (error) {
    stack.print('The stack does not start with that data. Putting the former data back …');
    await runtime.stop(allParts);
    const refused = await mkdtemp(join(stack.stateDir, 'restore-'));
    await exchange(replaced, refused, stack);
    await rm(refused, { recursive: true, force: true });
    await start();
    throw error;
  }
}
