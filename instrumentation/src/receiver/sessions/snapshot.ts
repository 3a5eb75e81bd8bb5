import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readRegularFile } from '../../regular-file.ts';
import type { SessionContext } from '../../session.ts';
import type { TrackerState } from './session-tracker.ts';

/** The state that survives a restart. */
export interface Snapshot {
  readonly sessions: readonly SessionContext[];
  readonly tracker: TrackerState;
  /** The `service.instance.id` of the sessions' series. Snapshots of earlier versions have none. */
  readonly instanceId?: string | undefined;
}

/** Most bytes to read; 10,000 sessions take 10 MB. */
const mostBytes = 512 * 1_024 * 1_024;
/** The first line of a file: its kind, its format, and the checksum of the rest. */
const heading = /^ctxd-receiver-snapshot ([12]) ([0-9a-f]{64})\n/;

/** Writes a snapshot atomically, readable by its owner only. */
export async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  const text = JSON.stringify(snapshot);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.draft`;
  try {
    await writeNew(draft, `ctxd-receiver-snapshot 2 ${checksumOf(text)}\n${text}`);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

// A draft that is already there may be a FIFO, which nobody reads.
async function writeNew(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Reads a snapshot. One that is damaged or has another format is renamed to `<path>.corrupt`, so that it can be examined and
 * is not read again.
 *
 * @param warn called once, with a sentence, if a snapshot was renamed or cannot be read
 * @returns `undefined` without a usable snapshot
 */
export async function readSnapshot(
  path: string,
  warn: (sentence: string) => void,
): Promise<Snapshot | undefined> {
  try {
    const text = await readRegularFile(path, mostBytes);
    const snapshot = parsed(text);
    if (snapshot !== undefined) return snapshot;
    await rename(path, `${path}.corrupt`);
    warn(`The snapshot was damaged and is now ${path}.corrupt; starting without sessions.`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What is no file would be in the way of the next one.
    if (code === 'ENOTSUP' || code === 'EFBIG') await rename(path, `${path}.corrupt`).catch(() => undefined);
    if (code !== 'ENOENT') warn(`The snapshot ${path} cannot be read (${code}); starting without sessions.`);
  }
  return undefined;
}

function parsed(text: string): Snapshot | undefined {
  const match = heading.exec(text);
  const json = text.slice(match?.[0].length);
  if (match?.[2] !== checksumOf(json)) return undefined;
  const snapshot = JSON.parse(json) as Snapshot;
  // Format 1 has no reports: its sessions continue with their counters, which never fall.
  return match[1] === '1' ? { ...snapshot, tracker: { sessions: [] } } : snapshot;
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
