import { mkdir } from 'node:fs/promises';
import { runCommand } from '../compose/system/command.ts';

/** A disk in memory below a folder, where this user may mount one. */
export interface SmallDisk extends AsyncDisposable {
  readonly isMounted: boolean;
  /** Makes it read-only. */
  protect(): Promise<void>;
  /** Makes it writable again. */
  unprotect(): Promise<void>;
}

/**
 * Mounts a small disk.
 *
 * @param size such as `1m`
 */
export async function smallDisk(folder: string, size: string): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  const { exitCode } = await runCommand('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'ctxd-test', folder]);
  return {
    isMounted: exitCode === 0,
    protect: async () => void (await runCommand('mount', ['-o', 'remount,ro', folder])),
    unprotect: async () => void (await runCommand('mount', ['-o', 'remount,rw', folder])),
    [Symbol.asyncDispose]: async () => {
      if (exitCode === 0) await runCommand('umount', [folder]);
    },
  };
}
