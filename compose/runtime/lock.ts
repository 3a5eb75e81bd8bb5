import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
  /** Tells once whom it waits for. */
  readonly print?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** How long another run may take before whom one waits for is said. */
const patienceMillis = 1_000;

/**
 * Keeps all other runs from changing the same stack, until it is disposed of. A lock whose holder is gone (killed, or
 * from before a reboot) does not count.
 *
 * @throws StackError with status 6 that names the holder, when it does not let go in time.
 */
export async function takeLock(options: LockOptions): Promise<AsyncDisposable> {
  const { folder, command, waitMillis, print, signal } = options;
  const path = join(folder, 'lock');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const started = Date.now();
  for (let told = false; ; await sleep(100, undefined, signal && { signal })) {
    const holder = await tryLock(path, command);
    if (holder === undefined) return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    const waited = Date.now() - started;
    if (waited >= waitMillis) throw heldBy(holder);
    if (told || waited < patienceMillis) continue;
    told = true;
    print?.(`Waiting for ${describe(holder)} …`);
  }
}

/** Takes the lock, or gives whoever holds it. A lock comes into being complete, as a link to a finished file. */
async function tryLock(path: string, command: string): Promise<LockHolder | undefined> {
  const draft = `${path}.${randomUUID()}`;
  const own = { pid: process.pid, startTime: await startTimeOf(process.pid), command };
  await writeFile(draft, JSON.stringify({ ...own, since: new Date().toISOString() }), { mode: 0o600 });
  try {
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
  const text = await readFile(path, 'utf8').catch(() => '');
  const holder = parseHolder(text);
  if (holder.pid !== 0 && (await isAlive(holder))) return holder;
  await removeStale(path, text, `${draft}.stale`);
  return undefined;
}

// Two runs may find the same stale lock. Whoever moves away a lock that was renewed meanwhile puts it back.
async function removeStale(path: string, staleText: string, aside: string): Promise<void> {
  await rename(path, aside).catch(() => undefined);
  const moved = await readFile(aside, 'utf8').catch(() => staleText);
  if (moved !== staleText) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function parseHolder(text: string): LockHolder {
  const nobody = { pid: 0, startTime: '', command: 'a run', since: '' };
  try {
    return { ...nobody, ...(JSON.parse(text) as Partial<LockHolder>) };
  } catch {
    return nobody;
  }
}

const describe = ({ command, pid, since }: LockHolder) =>
  `${command} (process ${pid}, since ${since.slice(11, 19)} UTC)`;

function heldBy(holder: LockHolder): StackError {
  return new StackError(`Another run works on this stack: ${describe(holder)}.`, {
    remedy: `Let it finish, or end it with: kill ${holder.pid}`,
    exitCode: exitCodes.locked,
  });
}
