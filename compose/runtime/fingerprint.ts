import { createHash } from 'node:crypto';
import { readRegularFile, wholeFileBytes } from '#regular-file';
import { service } from '../compose-file.ts';
import type { FileName } from '../files.ts';
import { imageVariable, type Part, type PartName } from '../parts.ts';
import { isPackage } from '../system/folders.ts';
import type { Stack } from './runtime.ts';
import { type RuntimeName, sharedPath } from './state.ts';
import { surroundingsOf } from './surroundings.ts';

/** Files that a part reads only when it starts. Folders of dashboards are not among them: parts reread those. */
const readAtStart: ReadonlySet<string> = new Set<FileName>([
  'collectorConfig',
  'collectorAccess',
  'remoteToken',
  'remoteAuthority',
  'metricsToken',
  'metricsAuthority',
  'alertmanagerConfig',
  // Reread, but a container keeps seeing the file that was there when it started.
  'alertmanagerPassword',
  'victoriametricsPassword',
  'victoriametricsCredentials',
  'collectorToken',
  'receiverToken',
  'victoriametricsKey',
  'vmalertKey',
  'relabelConfig',
  'scrapeConfig',
]);

/** A hash of everything that a part starts with: when it changes, the part must be restarted. */
async function fingerprintOf(part: Part, runtime: RuntimeName, stack: Stack): Promise<string> {
  const at = surroundingsOf(part, stack);
  const passed = (part.passes ?? []).map((name) => stack.env[name]);
  const hash = createHash('sha256');
  hash.update(JSON.stringify([part.version, part.args(at), part.env(at), passed]));
  if (runtime === 'docker') hash.update(JSON.stringify([service(part), stack.env[imageVariable(part.name)]]));
  for (const name of part.files) hash.update(await contentOf(name, stack.stateDir));
  return hash.digest('hex').slice(0, 16);
}

/** The fingerprints of parts: when one changes, its part must be restarted. */
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
  // Another version of the package has another receiver at the same path.
  if (name === 'receiverEntry' && isPackage)
    return await readRegularFile(`${path}/main.mjs`, wholeFileBytes).catch(() => '');
  if (name === 'rules') return await readRegularFile(`${path}/rules.yaml`, wholeFileBytes).catch(() => '');
  return readAtStart.has(name) ? await readRegularFile(path, wholeFileBytes).catch(() => '') : '';
}
