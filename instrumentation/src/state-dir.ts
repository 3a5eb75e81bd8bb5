import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that ctxd's stack keeps its state in: `CTXD_STATE_DIR`, else `ctxd` below `XDG_STATE_HOME`, else below
 * `~/.local/state` or, on macOS, `~/Library/Application Support`.
 */
export function stateDirIn(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  const ownFolder = platform === 'darwin' ? 'Library/Application Support' : '.local/state';
  const states = environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), ownFolder);
  return environment['CTXD_STATE_DIR'] || join(states, 'ctxd');
}
