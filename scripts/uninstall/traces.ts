import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDirFrom } from '../../compose/runtime/state.ts';
import { bytesOfFolder } from '../../compose/system/bytes.ts';
import { cacheDirFrom, configDirFrom } from '../../compose/system/folders.ts';
import { serviceOf } from '../autostart/service.ts';

/** A file or folder that ctxd has written. */
export interface Trace {
  readonly path: string;
  readonly meaning: string;
  readonly bytes: number;
}

/** What the state folder holds. Other files in it are not ctxd's. */
const stateEntries: Readonly<Record<string, string>> = {
  data: 'metrics, silences, sessions and your own dashboards',
  secrets: 'secrets',
  config: "the parts' settings",
  log: 'logs',
  run: 'process ids',
  lock: 'a lock',
  'stack.json': 'what runs',
};

/** Everything that ctxd has written into this user's folders and that exists. */
export async function tracesIn(env: NodeJS.ProcessEnv): Promise<Trace[]> {
  const stateDir = stateDirFrom(env);
  const places = [
    ...Object.entries(stateEntries).map(([name, meaning]) => [join(stateDir, name), meaning] as const),
    [cacheDirFrom(env), 'downloaded and built programs'],
    [configDirFrom(env), 'your settings'],
    [serviceOf(env).file, 'autostart'],
  ] as const;
  const traces = await Promise.all(places.map(async ([path, meaning]) => await traceAt(path, meaning)));
  return traces.filter((trace) => trace !== undefined);
}

async function traceAt(path: string, meaning: string): Promise<Trace | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  return { path, meaning, bytes: stats.isDirectory() ? await bytesOfFolder(path) : stats.size };
}

/** Whether a folder has anything in it. One that does not exist has nothing. */
export async function holdsSomething(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}
