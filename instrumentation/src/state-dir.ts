import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder that ctxd's stack keeps its state in: `CTXD_STATE_DIR`, else `ctxd` in the user's folder for states. */
export function stateDirIn(environment: Readonly<Record<string, string | undefined>>): string {
  const states = environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state');
  return environment['CTXD_STATE_DIR'] || join(states, 'ctxd');
}
