import type { Part, PartName, Surroundings } from '../parts.ts';
import { urlOf } from './health.ts';
import type { Stack } from './runtime.ts';
import { dataDirOf, sharedPath } from './state.ts';

/** The addresses, folders and settings of a part that runs as a process on this machine. */
export function surroundingsOf(
  part: Part,
  { ports, stateDir, env }: Pick<Stack, 'ports' | 'stateDir' | 'env'>,
): Surroundings {
  const url = (name: PartName) => urlOf(name, ports);
  return {
    listen: (role = 'main') =>
      `${role === 'main' ? bindOf(part, env) : '127.0.0.1'}:${ports[part.name][role]}`,
    dataDir: dataDirOf(stateDir, part.name),
    url,
    publicUrl: url,
    file: (name) => sharedPath(stateDir, name),
    setting: (variable, fallback) => env[variable] || fallback,
  };
}

const bindOf = ({ opens }: Part, env: NodeJS.ProcessEnv) => (opens && env.CTXD_BIND) || '127.0.0.1';
