import { parts } from '../parts.ts';

/** Where things are is asked anew each time. */
const ofThePlace = /^CTXD_(STATE_DIR|PROJECT|PART_OF|USER|\w+_PORT)$/;

/** What the environment says of the stack: remembered, so that a restart from another shell changes nothing. */
export function variablesOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const passed = new Set(parts.flatMap(({ passes }) => passes ?? []));
  const entries = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(
    entries.filter(
      ([name]) =>
        (name.startsWith('CTXD_') && !ofThePlace.test(name)) || name === 'GRAFANA_HOME' || passed.has(name),
    ),
  );
}

/** The environment with what it says of the stack replaced by what was remembered. */
export function withVariables(
  env: NodeJS.ProcessEnv,
  variables: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const replaced = variablesOf(env);
  const kept = Object.entries(env).filter(([name]) => !(name in replaced));
  return { ...Object.fromEntries(kept), ...variables };
}
