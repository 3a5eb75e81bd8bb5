import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Part, type PartName, parts as allParts } from '../../parts.ts';
import { programOf } from '../../programs/programs.ts';
import { acquire, acquireAll } from '../../programs/acquire.ts';
import { findProgram } from '../../programs/installed.ts';
import { awaitHealthy } from '../await-healthy.ts';
import { runCommand } from '../../system/command.ts';
import { checkOutcome, checkWords } from '../configuration.ts';
import { readCrashes } from './crash-record.ts';
import { lastLines, printNativeLogs } from './logs.ts';
import {
  adoptLeftovers,
  hasPidFile,
  identityOf,
  isRunning,
  runningParts,
  startedAtMillis,
  startPart,
  stopPart,
} from './part-process.ts';
import { isAlive } from '../../system/process.ts';
import type { CrashState, LeftOut, Stack, UnwatchedRuntime, Usage } from '../runtime.ts';
import { messageOf } from '../../system/stack-error.ts';
import { surroundingsOf } from '../surroundings.ts';

/** Runs the parts as detached processes of this user, with pid files and logs in the state folder. */
export function nativeRuntime(stack: Stack): UnwatchedRuntime {
  const { stateDir } = stack;
  const runtime: UnwatchedRuntime = {
    name: 'native',
    running: () => runningParts(stateDir),
    crashed: async () => await crashedParts(stateDir),
    has: async ({ name }) => {
      const program = programOf(name);
      if (program === undefined) return true;
      return (await findProgram(program, stack.env).catch(() => undefined)) !== undefined;
    },
    // A program in the cache never changes.
    outdated: async () => new Set(),
    recover: () => adoptLeftovers(stack),
    prepare: (parts) => acquireParts(parts, stack),
    check: async (parts) => {
      await Promise.all(parts.map(async (part) => await checkPart(part, await binaryOf(part, stack), stack)));
    },
    start: async (parts) => {
      for (const part of parts) {
        await awaitHealthy(
          allParts.filter(({ name }) => part.after.includes(name)),
          runtime,
          { ...stack, progress: () => {} },
        );
        stack.signal?.throwIfAborted();
        await startPart(part, await binaryOf(part, stack), stack);
      }
    },
    stop: async (parts) => {
      for (const { name } of parts.toReversed()) await stopPart(name, stateDir);
    },
    usage: () => usageOfAll(stateDir),
    logTail: (name, lines) => lastLines(stateDir, name, lines),
    printLogs: (names, range) => printNativeLogs(names, range, stack),
  };
  return runtime;
}

/** Gets the programs of the parts. Returns the optional parts whose program is not available. */
async function acquireParts(parts: readonly Part[], stack: Stack): Promise<LeftOut[]> {
  const required = parts.filter(({ optional }) => !optional);
  await acquireAll(
    required.flatMap(({ name }) => programOf(name) ?? []),
    stack,
  );
  const leftOut: LeftOut[] = [];
  for (const part of parts.filter(({ optional }) => optional)) {
    try {
      await binaryOf(part, stack);
    } catch (error) {
      stack.signal?.throwIfAborted();
      leftOut.push({ part, reason: messageOf(error) });
    }
  }
  return leftOut;
}

/** Path of a part's program. */
export async function binaryOf({ name }: Part, stack: Stack): Promise<string> {
  const program = programOf(name);
  return program === undefined ? process.execPath : await acquire(program, stack);
}

async function crashedParts(stateDir: string): Promise<Map<PartName, CrashState>> {
  const crashes = await readCrashes(stateDir);
  const states = new Map<PartName, CrashState>();
  for (const { name } of allParts) {
    // A part that was stopped has no pid file.
    if (!(await hasPidFile(stateDir, name)) || (await isRunning(stateDir, name))) continue;
    if (crashes[name]?.disabled) states.set(name, 'disabled');
    else if (await isRunning(stateDir, 'supervisor')) states.set(name, 'restarting');
  }
  return states;
}

/** Checks in a temporary folder and on a free port, so that a running stack is not disturbed. */
async function checkPart(part: Part, binary: string, stack: Stack): Promise<void> {
  if (part.check === undefined) return;
  const scratch = await mkdtemp(join(tmpdir(), 'ctxd-check-'));
  const listen = part.check.accepted && { listen: () => '127.0.0.1:0' };
  const at = { ...surroundingsOf(part, stack), dataDir: scratch, ...listen };
  const args = [...(programOf(part.name)?.launch(binary) ?? []), ...checkWords(part, at)];
  try {
    await checkOutcome(part, stack.signal, (options) =>
      runCommand(binary, args, { env: { ...stack.env, ...part.env(at) }, ...options }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function usageOfAll(stateDir: string): Promise<Map<PartName, Usage>> {
  const crashes = await readCrashes(stateDir);
  const usages = new Map<PartName, Usage>();
  for (const { name } of allParts) {
    const identity = await identityOf(stateDir, name);
    if (identity === undefined) continue;
    const restarts = crashes[name]?.restarts ?? 0;
    usages.set(name, { restarts });
    if (!(await isAlive(identity))) continue;
    const memoryBytes = await memoryOf(identity.pid);
    const started = await startedAtMillis(stateDir, name);
    usages.set(name, {
      restarts,
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(started !== undefined && { uptimeSeconds: Math.round((Date.now() - started) / 1_000) }),
    });
  }
  return usages;
}

/** Memory of a process, in bytes; undefined when there is no such process. */
export async function memoryOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes =
    /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ??
    (await runCommand('ps', ['-o', 'rss=', '-p', String(pid)])).stdout.trim();
  return /^\d+$/.test(kibibytes) ? Number(kibibytes) * 1_024 : undefined;
}
