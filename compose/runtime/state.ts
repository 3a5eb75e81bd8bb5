import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readRegularFile } from '#regular-file';
import { stateDirIn } from '#state-dir';
import { alertmanagerAccess } from '../alertmanager-access.ts';
import { type FileName, sharedFiles } from '../files.ts';
import { type PartName, parts as knownParts, storeLogin } from '../parts.ts';
import { basicCredentials } from './basic-credentials.ts';
import type { Ports } from '../ports.ts';
import { programFolder } from '../system/folders.ts';

/** Which runtime runs the parts. */
export type RuntimeName = 'docker' | 'native';

/** A record of what `stack:up` started, for later commands. */
export interface StackRecord {
  readonly runtime: RuntimeName;
  readonly parts: readonly PartName[];
  readonly ports: Ports;
  /** The stack's environment variables, for restarts from another shell. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A hash of everything that each part started with: when it changes, the part must be restarted. */
  readonly fingerprints?: Readonly<Partial<Record<PartName, string>>>;
  readonly versions?: Readonly<Partial<Record<PartName, string>>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The absolute path of the state folder; see `stateDirIn`. */
export function stateDirFrom(env: Environment): string {
  return resolve(stateDirIn(env));
}

/** Path of a shared file on this machine. */
export function sharedPath(stateDir: string, name: FileName): string {
  const { from, path } = sharedFiles[name];
  return join(from === 'state' ? stateDir : programFolder, path);
}

/** The folder of a part's data. */
export const dataDirOf = (stateDir: string, name: PartName) => join(stateDir, 'data', name);

/** The log file of a native part, or of the supervisor. */
export const logFileOf = (stateDir: string, name: PartName | 'supervisor') =>
  join(stateDir, 'log', `${name}.log`);

/** The pid file of a native part, or of `supervisor`. */
export const pidFileOf = (stateDir: string, name: string) => join(stateDir, 'run', `${name}.json`);

const secrets = [
  'victoriametricsKey',
  'vmalertKey',
  'alertmanagerPassword',
  'grafanaPassword',
  'collectorToken',
  'receiverToken',
] as const;

/**
 * Creates the state folder with its secrets, readable by their owner only. Secrets that exist are kept.
 *
 * @param written - text by path below the folder, overwritten each time: settings, rules, dashboards.
 * @param collectorAccess - the collector's authentication settings. Default: none, anyone who reaches it may send.
 */
export async function prepareState(
  stateDir: string,
  names: readonly PartName[],
  written: Readonly<Record<string, string>>,
  collectorAccess = '{}\n',
) {
  const dirs = names.map((name) => dataDirOf(stateDir, name));
  for (const dir of [
    ...dirs,
    ...['config', 'secrets', 'secrets/alerts', 'log', 'run'].map((name) => join(stateDir, name)),
  ]) {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  }
  await prepareSecrets(stateDir);
  for (const [path, text] of Object.entries(written)) await writeOwn(join(stateDir, path), text);
  await writeOwn(sharedPath(stateDir, 'collectorAccess'), collectorAccess);
}

/** Creates the secrets that a prepared folder lacks, and configures Alertmanager to accept its password. */
export async function prepareSecrets(stateDir: string): Promise<void> {
  for (const name of secrets) await writeSecretOnce(sharedPath(stateDir, name));
  await prepareStorePassword(stateDir);
  const password = (await readRegularFile(sharedPath(stateDir, 'alertmanagerPassword'))).trimEnd();
  const path = sharedPath(stateDir, 'alertmanagerAccess');
  const before = await readRegularFile(path).catch(() => '');
  await writeOwn(path, await alertmanagerAccess(password, before));
}

/** What was started last; undefined when nothing was. A damaged record is replaced by its copy, if that is intact. */
export async function readRecord(stateDir: string): Promise<StackRecord | undefined> {
  const record = await recordIn(recordFile(stateDir));
  if (record !== undefined || !(await hasRecord(stateDir))) return record;
  return await recordIn(copyFile(stateDir));
}

/**
 * What was started last. Writes a damaged record again: from its copy or, without one, as `rebuild` finds it.
 *
 * @param rebuild - returns undefined when nothing was started
 */
export async function readOrMendRecord(
  stateDir: string,
  rebuild: () => Promise<StackRecord | undefined>,
): Promise<StackRecord | undefined> {
  const intact = await recordIn(recordFile(stateDir));
  if (intact !== undefined || !(await hasRecord(stateDir))) return intact;
  const mended = (await recordIn(copyFile(stateDir))) ?? (await rebuild());
  // `down` may have removed it meanwhile; on a full disk the command continues without.
  if (mended !== undefined && (await hasRecord(stateDir)))
    await writeRecord(stateDir, mended).catch(() => undefined);
  return mended;
}

async function recordIn(path: string): Promise<StackRecord | undefined> {
  const record = await readJson<Partial<StackRecord>>(path);
  return record !== undefined && isRecord(record) ? record : undefined;
}

function isRecord(record: Partial<StackRecord>): record is StackRecord {
  const { runtime, parts, ports } = record;
  const isNamed =
    (runtime === 'docker' || runtime === 'native') &&
    Array.isArray(parts) &&
    typeof ports === 'object' &&
    ports !== null;
  return isNamed && parts.every((name) => knownParts.some((part) => part.name === name));
}

/** Whether something was started: whether there is a record, even a damaged one. */
async function hasRecord(stateDir: string): Promise<boolean> {
  return await access(recordFile(stateDir)).then(
    () => true,
    () => false,
  );
}

const recordFile = (stateDir: string) => join(stateDir, 'stack.json');

const copyFile = (stateDir: string) => join(stateDir, 'run', 'stack-copy.json');

/** Records what was started, and a copy for when the record gets damaged. */
export async function writeRecord(stateDir: string, record: StackRecord): Promise<void> {
  const text = `${JSON.stringify(record, null, 2)}\n`;
  await writeOwn(copyFile(stateDir), text);
  await writeOwn(recordFile(stateDir), text);
}

/** Removes the record of the last start. */
export async function removeRecord(stateDir: string): Promise<void> {
  for (const file of [recordFile, copyFile]) await rm(file(stateDir), { force: true });
}

/** The object in a JSON file; undefined when the file is missing, truncated, or holds no object. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    const value: T | null = JSON.parse(await readRegularFile(path));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file that only its owner can read; readers see either the old or the new text, even after a power failure. */
export async function writeOwn(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The password of VictoriaMetrics and vmalert, and its form for the collector, which sends headers from files. */
async function prepareStorePassword(stateDir: string): Promise<void> {
  const path = sharedPath(stateDir, storeLogin.passwordFile);
  const before = await readRegularFile(path).catch(() => '');
  const made = [0, 0].map(() => randomBytes(24).toString('base64url')).join('\n');
  const password = before.trim() === '' ? made : before.trimEnd();
  await writeOwn(path, password);
  await writeOwn(
    sharedPath(stateDir, 'victoriametricsCredentials'),
    basicCredentials(storeLogin.user, password),
  );
}

async function writeSecretOnce(path: string): Promise<void> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  // An empty secret protects nothing.
  if (size === 0) return await writeOwn(path, randomBytes(24).toString('base64url'));
  await chmod(path, 0o600);
}
