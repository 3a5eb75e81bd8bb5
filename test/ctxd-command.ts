import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { main } from '../scripts/ctxd/main.ts';
import type { Surface } from '../scripts/reach/surface.ts';

/** The `ctxd` program as a user runs it. */
export const ctxdPath = join(import.meta.dirname, '../scripts/ctxd.cjs');

/** The result of a run of `ctxd`. */
export interface CtxdResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `ctxd` to its end in this process, with pipes for output. */
export async function ctxd(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CtxdResult> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const surface = {
    env: { ...process.env, ...env },
    folder: process.cwd(),
    stdout,
    stderr,
    print: (line: string) => void stdout.write(`${line}\n`),
    printError: (line: string) => void stderr.write(`${line}\n`),
  } as unknown as Surface;
  const outputs = Promise.all([text(stdout), text(stderr)]);
  const exitCode = await main(args, surface);
  stdout.end();
  stderr.end();
  const [out, err] = await outputs;
  return { exitCode, stdout: out, stderr: err };
}

/** Runs `ctxd` to its end in a child process, with pipes for output. */
export async function ctxdProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CtxdResult> {
  const child = spawn(process.execPath, [ctxdPath, ...args], { env: { ...process.env, ...env } });
  child.stdin.end();
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}
