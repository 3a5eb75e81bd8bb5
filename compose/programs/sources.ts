import type { Target } from './programs.ts';
import { exitCodes, StackError } from '../runtime/stack-error.ts';

/** Where programs come from; the defaults are those of the machine. */
export interface Sources {
  /** Environment: `PATH`, `XDG_CACHE_HOME`, `GRAFANA_HOME`, and `CTXD_RELEASES_URL`, a mirror of the release sites. */
  readonly env: NodeJS.ProcessEnv;
  /** Tells about what takes long. */
  readonly print: (line: string) => void;
  /** Ends what takes long. */
  readonly signal?: AbortSignal | undefined;
}

/** Turns down one way to get a program; the next way is tried. */
export class NotAvailable extends Error {}

/** This machine, as release files call it. */
export function thisTarget(platform: string = process.platform, cpu: string = process.arch): Target {
  const arch = cpu === 'x64' ? 'amd64' : cpu;
  if ((platform === 'linux' || platform === 'darwin') && (arch === 'amd64' || arch === 'arm64')) {
    return { os: platform, arch };
  }
  throw new StackError(
    `The native runtime knows Linux and macOS on amd64 and arm64, not ${platform} on ${cpu}.`,
    {
      remedy: 'Start Docker and run it again.',
      exitCode: exitCodes.noRuntime,
    },
  );
}
