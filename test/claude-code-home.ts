import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, vi } from 'vitest';
import { main } from '../scripts/ctxd/main.ts';

const ctxd = join(import.meta.dirname, '../scripts/ctxd.cjs');

/** The JSON that Claude Code pipes to a status line, with every character that a shell could misread. */
export const payload = JSON.stringify({
  session_id: 'a',
  session_name: "naïve 'quoted' $HOME `id` \\ \"",
  context_window: { context_window_size: 200_000, used_percentage: 71, current_usage: null },
});

/** The result of a command. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits until a command exits. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout as NonNullable<ChildProcess['stdout']>),
    text(child.stderr as NonNullable<ChildProcess['stderr']>),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { exitCode, stdout, stderr };
}

/** A temporary home folder, with Claude Code's settings if given. `run` starts a command as a process, `call` runs it in this one. */
export async function temporaryHome(settings?: string) {
  const home = await mkdtemp(join(tmpdir(), 'ctxd-home-'));
  const file = join(home, '.claude/settings.json');
  await mkdir(join(home, '.claude'));
  if (settings !== undefined) await writeFile(file, settings);
  const environment = { PATH: process.env['PATH'], HOME: home };
  const run = (
    command: 'connect' | 'disconnect' | 'doctor',
    args: readonly string[] = [],
    { answer = '', ...more }: Record<string, string> = {},
  ) => {
    const env = { ...environment, INIT_CWD: home, ...more };
    const child = spawn(process.execPath, [ctxd, command, ...args], { cwd: home, env });
    child.stdin.end(answer);
    return endOf(child);
  };
  const call = async (
    command: 'connect' | 'disconnect' | 'doctor',
    args: readonly string[] = [],
    { answer, ...more }: Record<string, string> = {},
  ): Promise<Ended> => {
    const stdout: string[] = [];
    const stderr: string[] = [];
    const exitCode = await main([command, ...args], {
      env: { ...environment, ...more },
      folder: home,
      print: (line) => void stdout.push(`${line}\n`),
      printError: (line) => void stderr.push(`${line}\n`),
      ask: async () => answer,
      stdout: process.stdout,
      stderr: process.stderr,
    });
    return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
  };
  const read = async (name = file) => await readFile(name, 'utf8');
  return { home, file, run, call, read, [Symbol.asyncDispose]: () => rm(home, { recursive: true }) };
}

/** A receiver that records every request. */
export async function recordingReceiver(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end(),
) {
  const received: { url: string | undefined; type: string | undefined; body: string }[] = [];
  const gone: string[] = [];
  const server = createServer(async (request, response) => {
    request.socket.once('close', () => gone.push(request.url ?? ''));
    received.push({ url: request.url, type: request.headers['content-type'], body: await text(request) });
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, received, gone, [Symbol.asyncDispose]: close };
}

/**
 * Runs a status line repeatedly until a report arrives. The status line gives up on a report after a second, which can happen
 * on a busy machine. Fails if more reports arrive than were sent.
 */
export async function expectReported(
  { received }: { readonly received: readonly unknown[] },
  run: () => Promise<void>,
): Promise<void> {
  let runs = 0;
  await vi.waitFor(async () => {
    await run();
    runs += 1;
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(0), 3_000);
  }, 60_000);
  expect(received.length).toBeLessThanOrEqual(runs);
}

/** Runs a command like Claude Code runs a status line or a hook: through the shell, with the JSON on standard input. */
export function bare(command: string, env: NodeJS.ProcessEnv = {}, json = payload): ChildProcess {
  const child = spawn('/bin/sh', ['-c', command], { env: { ...process.env, ...env } });
  child.stdin.on('error', () => {}).end(`${json}\n`);
  return child;
}
