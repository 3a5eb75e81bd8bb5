import type { Target } from './programs.ts';
import { exitCodes, StackError } from '../system/stack-error.ts';

/** Where programs come from. */
export interface Sources {
  /** With `PATH`, `XDG_CACHE_HOME`, `GRAFANA_HOME`, and `CTXD_RELEASES_URL`, a mirror of the release sites. */
  readonly env: NodeJS.ProcessEnv;
  /** Prints one line about a download or build. */
  readonly print: (line: string) => void;
  /** Stops downloads and builds. */
  readonly signal?: AbortSignal | undefined;
}

/** Thrown when one way to get a program fails, so that the next one is tried. */
export class NotAvailable extends Error {}

/**
 * This machine, in the words of release files.
 *
 * @throws StackError when there are no programs for it.
 */
export function thisTarget(platform: string = process.platform, cpu: string = process.arch): Target {
  const arch = cpu === 'x64' ? 'amd64' : cpu;
  if ((platform === 'linux' || platform === 'darwin') && (arch === 'amd64' || arch === 'arm64')) {
    return { os: platform, arch };
  }
  throw new StackError(
    `The native runtime supports Linux and macOS on amd64 and arm64, not ${platform} on ${cpu}.`,
    {
      remedy: 'Start Docker and run the command again.',
      exitCode: exitCodes.noRuntime,
    },
  );
}
