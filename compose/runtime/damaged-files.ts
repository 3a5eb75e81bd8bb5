import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegularFile } from '#regular-file';
import { dataDirOf } from './state.ts';

/** A receiver file that is damaged or unreadable, and what to do about it. */
export interface DamagedFile {
  readonly sentence: string;
  readonly remedy: string;
}

const losses = { 'sessions.snapshot': 'sessions', 'alerts.jsonl': 'alerts' };

/** Finds the files that the receiver moved aside on startup because they were damaged, and those that it cannot read. */
export async function damagedFiles(stateDir: string): Promise<readonly DamagedFile[]> {
  const found = Object.entries(losses).map(async ([name, lost]) => {
    const path = join(dataDirOf(stateDir, 'receiver'), name);
    return (await setAside(`${path}.corrupt`, lost)) ?? (await unreadable(path));
  });
  return (await Promise.all(found)).filter((file) => file !== undefined);
}

async function setAside(path: string, lost: string): Promise<DamagedFile | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  const at = stats.ctime.toLocaleString('sv-SE');
  return {
    sentence: `The receiver started without its earlier ${lost} at ${at}: their file was damaged and is now ${path}.`,
    remedy: `Restore a backup (npm run stack:restore -- FILE), or accept the loss: rm '${path}'`,
  };
}

async function unreadable(path: string): Promise<DamagedFile | undefined> {
  try {
    await (await openRegularFile(path)).close();
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    const remedy = `Move it elsewhere or make your user its owner, then run: npm run stack:restart -- receiver`;
    return { sentence: `The receiver cannot read ${path} (${message}).`, remedy };
  }
}
