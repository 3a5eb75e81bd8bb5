import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { service } from '../compose-file.ts';
import type { FileName } from '../files.ts';
import { imageVariable, type Part, type PartName } from '../parts.ts';
import type { Stack } from './runtime.ts';
import { type RuntimeName, sharedPath } from './state.ts';
import { surroundingsOf } from './surroundings.ts';

/** Files that a part reads at its start only. Folders of dashboards are looked at again and again, so they do not count. */
const readAtStart: ReadonlySet<string> = new Set<FileName>([
  'collectorConfig',
  'collectorAccess',
  'alertmanagerConfig',
  // Read again and again, but in a container the file is the one of its start.
  'alertmanagerPassword',
  'scrapeConfig',
]);

/** All that a part is started with, in short: when that differs from what runs, it has to be started anew. */
async function fingerprintOf(part: Part, runtime: RuntimeName, stack: Stack): Promise<string> {
  const at = surroundingsOf(part, stack);
  const passed = (part.passes ?? []).map((name) => stack.env[name]);
  const hash = createHash('sha256');
  hash.update(JSON.stringify([part.version, part.args(at), part.env(at), passed]));
  if (runtime === 'docker') hash.update(JSON.stringify([service(part), stack.env[imageVariable(part.name)]]));
  for (const name of part.files) hash.update(await contentOf(name, stack.stateDir));
  return hash.digest('hex').slice(0, 16);
}

/** The same for several parts. */
export async function fingerprintsOf(
  parts: readonly Part[],
  runtime: RuntimeName,
  stack: Stack,
): Promise<Partial<Record<PartName, string>>> {
  const pairs = parts.map(async (part) => [part.name, await fingerprintOf(part, runtime, stack)] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

async function contentOf(name: FileName, stateDir: string): Promise<string> {
  const path = sharedPath(stateDir, name);
  if (name === 'rules') return await readFile(`${path}/rules.yaml`, 'utf8').catch(() => '');
  return readAtStart.has(name) ? await readFile(path, 'utf8').catch(() => '') : '';
}
