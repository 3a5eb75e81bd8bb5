import { parts } from '../parts.ts';

/** Variables that locate the stack. They are read every time. */
const placeVariables = /^CTXD_(STATE_DIR|PROJECT|PART_OF|USER|\w+_PORT)$/;

/** The stack's settings in the environment. They are recorded, so that a restart from another shell changes nothing. */
export function variablesOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const passed = new Set(parts.flatMap(({ passes }) => passes ?? []));
  const entries = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(
    entries.filter(
      ([name]) =>
        (name.startsWith('CTXD_') && !placeVariables.test(name)) ||
        name === 'GRAFANA_HOME' ||
        passed.has(name),
    ),
  );
}

/** The environment with the stack's settings replaced by the recorded ones. */
export function withVariables(
  env: NodeJS.ProcessEnv,
  variables: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const replaced = variablesOf(env);
  const kept = Object.entries(env).filter(([name]) => !(name in replaced));
  return { ...Object.fromEntries(kept), ...variables };
}
