import {
  access,
  constants,
  cp,
  mkdir,
  mkdtemp,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readRegularFile } from '#regular-file';
import { type PartName, parts as allParts } from '../../compose/parts.ts';
import { bytesInWords } from '../../compose/system/bytes.ts';
import { lastWords, runCommand } from '../../compose/system/command.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { dataDirOf, sharedPath } from '../../compose/runtime/state.ts';
import { areSilencesWritten } from '../../compose/runtime/silences-file.ts';

/** The file that marks an archive as a backup. */
export const manifestName = 'ctxd-backup.json';

/**
 * Writes all data to one archive, consistently even while the stack runs: VictoriaMetrics takes a snapshot, the backup waits until
 * Alertmanager has written its silences, and SQLite copies Grafana's database.
 */
export async function backup(file: string, stack: Stack, runtime: Runtime | undefined) {
  const target = resolve(file);
  await expectPlaceFor(target);
  await mkdir(stack.stateDir, { recursive: true, mode: 0o700 });
  const staging = await mkdtemp(join(stack.stateDir, 'backup-'));
  const running = (await runtime?.running()) ?? new Set<PartName>();
  const snapshot = running.has('victoriametrics') ? await takeSnapshot(stack) : undefined;
  try {
    if (running.has('alertmanager')) await awaitSilences(stack);
    await stage(staging, snapshot, stack);
    await pack(staging, target, stack);
  } finally {
    await rm(staging, { recursive: true, force: true });
    if (snapshot !== undefined) await requestSnapshot(`delete?snapshot=${snapshot}&`, stack);
  }
  const { size } = await stat(target);
  stack.print(`Wrote ${target}: ${bytesInWords(size)}`);
  return { file: target, bytes: size };
}

/** Before anything else, since a snapshot of a large store takes minutes. */
async function expectPlaceFor(target: string): Promise<void> {
  const remedy = 'Nothing was written. Name a file in a folder that you may write to.';
  const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (await isFolder(target)) throw new StackError(`${target} is a folder.`, { remedy });
  const folder = dirname(target);
  if (!(await isFolder(folder))) throw new StackError(`There is no folder ${folder}.`, { remedy });
  await access(folder, constants.W_OK).catch(() => {
    throw new StackError(`${folder} is read-only for you.`, { remedy });
  });
}

async function stage(staging: string, snapshot: string | undefined, { stateDir }: Stack): Promise<void> {
  const versions = Object.fromEntries(allParts.map(({ name, version }) => [name, version]));
  const manifest = { createdAt: new Date().toISOString(), versions };
  await writeFile(join(staging, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  // A link is enough, since tar follows it.
  const metrics = join(dataDirOf(stateDir, 'victoriametrics'), snapshot ? join('snapshots', snapshot) : '');
  await symlink(metrics, join(staging, 'victoriametrics'));
  for (const name of ['alertmanager', 'receiver'] as const) {
    await cp(dataDirOf(stateDir, name), join(staging, name), { recursive: true }).catch(ignoreMissing);
  }
  await copyGrafana(dataDirOf(stateDir, 'grafana'), join(staging, 'grafana'));
}

async function copyGrafana(from: string, to: string): Promise<void> {
  const database = join(from, 'grafana.db');
  if (!(await stat(database).catch(() => undefined))) return;
  await mkdir(to);
  const { backup: copyDatabase, DatabaseSync } = await import('node:sqlite');
  const source = new DatabaseSync(database, { readOnly: true });
  try {
    await copyDatabase(source, join(to, 'grafana.db'));
  } finally {
    source.close();
  }
}

async function pack(staging: string, target: string, { signal }: Stack): Promise<void> {
  const draft = `${target}.partial`;
  const leftOut = ['flock.lock', 'snapshots', 'cache'].map((name) => `--exclude=./victoriametrics/${name}`);
  try {
    await writeFile(draft, '', { mode: 0o600 });
    const args = ['-czhf', draft, ...leftOut, '-C', staging, '.'];
    const result = await runCommand('tar', args, { signal });
    if (result.exitCode !== 0) throw new StackError(`The archive could not be written: ${lastWords(result)}`);
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}

async function awaitSilences({ stateDir, signal, warn }: Stack): Promise<void> {
  if (await areSilencesWritten(stateDir, Date.now(), signal)) return;
  warn('Alertmanager has not written its silences in time; the newest may be missing.');
}

async function takeSnapshot(stack: Stack): Promise<string> {
  const answer = await requestSnapshot('create?', stack);
  const { snapshot } = JSON.parse(answer) as { snapshot?: string };
  if (snapshot) return snapshot;
  throw new StackError(`VictoriaMetrics took no snapshot: ${answer.trim()}`);
}

async function requestSnapshot(what: string, { stateDir, ports }: Stack): Promise<string> {
  const key = await readRegularFile(sharedPath(stateDir, 'victoriametricsKey'));
  const url = `${urlOf('victoriametrics', ports)}/snapshot/${what}authKey=${key}`;
  return await (await fetch(url, { signal: AbortSignal.timeout(60_000) })).text();
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
