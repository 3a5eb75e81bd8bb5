import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRegularFile } from '#regular-file';
import { isAlive, type ProcessIdentity, startTimeOf } from './process.ts';
import { exitCodes, StackError } from './stack-error.ts';

/** Who holds the lock: the process, what it does, and since when. */
interface LockHolder extends ProcessIdentity {
  readonly command: string;
  readonly since: string;
}

interface LockOptions {
  /** The folder that the lock guards; made when it is missing. */
  readonly folder: string;
  /** What the holder is doing, such as `stack:up`. */
  readonly command: string;
  /** How long to wait for another run; 0 for not at all. */
  readonly waitMillis: number;
  /** Prints once which holder it waits for. */
  readonly print?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** How long to wait before printing which holder it waits for. */
const patienceMillis = 1_000;

/**
 * Locks a folder against other processes until it is disposed of. A lock is taken over when its holder no longer runs (it
 * was killed, or the machine rebooted).
 *
 * @throws StackError with status 6 that names the holder, when it keeps the lock for too long.
 */
export async function takeLock(options: LockOptions): Promise<AsyncDisposable> {
  const { folder, command, waitMillis, print, signal } = options;
  const path = join(folder, 'lock');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const started = Date.now();
  for (let printed = false; ; await sleep(100, undefined, signal && { signal })) {
    const holder = await tryLock(path, command);
    if (holder === undefined) return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    const waited = Date.now() - started;
    if (waited >= waitMillis) throw heldBy(holder);
    if (printed || waited < patienceMillis) continue;
    printed = true;
    print?.(`Waiting for ${describe(holder)} …`);
  }
}

/** Takes the lock, or returns its holder. The lock file is a link to a finished file, so it is never seen half written. */
async function tryLock(path: string, command: string): Promise<LockHolder | undefined> {
  const draft = `${path}.${randomUUID()}`;
  const own = { pid: process.pid, startTime: await startTimeOf(process.pid), command };
  try {
    await writeFile(draft, JSON.stringify({ ...own, since: new Date().toISOString() }), { mode: 0o600 });
    await link(draft, path);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const holder = await livingHolder(path, draft);
    return holder ?? (await tryLock(path, command));
  } finally {
    await rm(draft, { force: true });
  }
}

async function livingHolder(path: string, draft: string): Promise<LockHolder | undefined> {
  const text = await textOf(path);
  const holder = parseHolder(text);
  if (holder.pid !== 0 && (await isAlive(holder))) return holder;
  await removeStale(path, text, draft);
  return undefined;
}

// Several processes may find the same stale lock. The one that claims it removes it, if it is still there by then.
async function removeStale(path: string, staleText: string, draft: string): Promise<void> {
  const claim = `${path}.${createHash('sha256').update(staleText).digest('hex')}`;
  try {
    await link(draft, claim);
  } catch {
    // Left behind by a process that was killed while it held the claim.
    if (!(await isAlive(parseHolder(await textOf(claim))))) await rm(claim, { force: true });
    return;
  }
  if ((await textOf(path)) === staleText) await rm(path, { force: true, recursive: true });
  await rm(claim, { force: true });
}

async function textOf(path: string): Promise<string> {
  return await readRegularFile(path).catch(() => '');
}

function parseHolder(text: string): LockHolder {
  const nobody = { pid: 0, startTime: '', command: 'another command', since: '' };
  try {
    return { ...nobody, ...(JSON.parse(text) as Partial<LockHolder>) };
  } catch {
    return nobody;
  }
}

const describe = ({ command, pid, since }: LockHolder) =>
  `${command} (process ${pid}, since ${since.slice(11, 19)} UTC)`;

function heldBy(holder: LockHolder): StackError {
  return new StackError(`Another command is working on this stack: ${describe(holder)}.`, {
    remedy: `Wait until it finishes, or stop it: kill ${holder.pid}`,
    exitCode: exitCodes.locked,
  });
}
