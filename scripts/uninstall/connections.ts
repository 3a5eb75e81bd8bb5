import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readJson } from '../../compose/runtime/state.ts';
import type { ConnectArguments } from '../connect/arguments.ts';
import { placesFor } from '../connect/places.ts';
import type { ConnectionRecord } from '../connect/record.ts';

/** The settings files of Claude Code that are connected, each as the arguments that disconnect it. */
export async function connections(env: NodeJS.ProcessEnv): Promise<(ConnectArguments & { path: string })[]> {
  const user = placesFor('user', '/', env);
  const folder = dirname(user.record);
  const names = await readdir(folder).catch(() => []);
  const records = names
    .filter((name) => name.endsWith('.json'))
    .map(async (name) => await readJson<ConnectionRecord>(join(folder, name)));
  const paths = (await Promise.all(records)).flatMap((record) => record?.path ?? []);
  return paths.map((path) => ({
    path,
    help: false,
    scope: path === user.settings ? 'user' : 'project',
    folder: resolve(path, '../..'),
    yes: true,
    dryRun: false,
    statusLine: true,
    nudge: false,
  }));
}
