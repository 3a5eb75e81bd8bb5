import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The `ctxd` program as a user runs it. */
export const ctxdPath = join(import.meta.dirname, '../scripts/ctxd.ts');

/** How a run of `ctxd` ended. */
export interface CtxdResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ctxd` to its end, into pipes. */
export async function ctxd(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CtxdResult> {
  const child = spawn(process.execPath, [ctxdPath, ...args], { env: { ...process.env, ...env } });
  child.stdin.end();
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}
