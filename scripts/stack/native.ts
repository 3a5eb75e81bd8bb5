import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Part, type PartName, parts as allParts, type Surroundings } from '../../compose/parts.ts';
import { programOf } from '../../compose/programs.ts';
import { acquire, findProgram } from './acquire.ts';
import { urlOf } from './health.ts';
import { awaitHealthy } from './await-healthy.ts';
import { endProcess, isAlive, type ProcessIdentity, startDetached } from './process.ts';
import type { LeftOut, Runtime, Stack } from './runtime.ts';
import { messageOf } from './stack-error.ts';
import { dataDirOf, logFileOf, readJson, sharedPath, writeOwn } from './state.ts';

/** Runs the parts as detached processes of this user, with pid files and logs in the state folder. */
export function nativeRuntime(stack: Stack): Runtime {
  const binaries = new Map<PartName, string>();
  const runtime: Runtime = {
    name: 'native',
    running: () => runningParts(stack.stateDir),
    has: async ({ name }) => {
      const program = programOf(name);
      if (program === undefined) return true;
      return (await findProgram(program, stack.env).catch(() => undefined)) !== undefined;
    },
    prepare: (parts) => acquireAll(parts, stack, binaries),
    start: async (parts) => {
      for (const part of parts) {
        await awaitHealthy(
          allParts.filter(({ name }) => part.after.includes(name)),
          runtime,
          stack,
        );
        await startPart(part, binaries.get(part.name) ?? (await binaryOf(part, stack)), stack);
      }
    },
    stop: async (parts) => {
      for (const { name } of parts.toReversed()) await stopPart(name, stack.stateDir);
    },
    logTail: (name, lines) => lastLines(logFileOf(stack.stateDir, name), lines),
  };
  return runtime;
}

/** Stops one part and waits until it is gone; nothing when it does not run. */
export async function stopPart(name: PartName, stateDir: string, signal?: NodeJS.Signals): Promise<void> {
  const identity = await readJson<ProcessIdentity>(pidFile(stateDir, name));
  if (identity !== undefined) await endProcess(identity, signal);
  await rm(pidFile(stateDir, name), { force: true });
}

async function acquireAll(
  parts: readonly Part[],
  stack: Stack,
  binaries: Map<PartName, string>,
): Promise<LeftOut[]> {
  const leftOut: LeftOut[] = [];
  for (const part of parts) {
    try {
      binaries.set(part.name, await binaryOf(part, stack));
    } catch (error) {
      if (part.optional === undefined) throw error;
      leftOut.push({ part, reason: messageOf(error) });
    }
  }
  return leftOut;
}

async function binaryOf({ name }: Part, stack: Stack): Promise<string> {
  const program = programOf(name);
  return program === undefined ? process.execPath : await acquire(program, stack);
}

async function startPart(part: Part, binary: string, stack: Stack): Promise<void> {
  const at = surroundingsOf(part, stack);
  const logFile = logFileOf(stack.stateDir, part.name);
  await rename(logFile, `${logFile}.previous`).catch(() => undefined);
  const identity = await startDetached({
    command: binary,
    args: [...(programOf(part.name)?.launch(binary) ?? []), ...part.args(at)],
    env: { ...stack.env, ...part.env(at) },
    logFile,
  });
  await writeOwn(pidFile(stack.stateDir, part.name), JSON.stringify(identity));
}

function surroundingsOf(part: Part, { ports, stateDir }: Stack): Surroundings {
  const url = (name: PartName) => urlOf({ name }, ports);
  return {
    listen: (role = 'main') => `127.0.0.1:${ports[part.name][role]}`,
    dataDir: dataDirOf(stateDir, part.name),
    url,
    publicUrl: url,
    file: (name) => sharedPath(stateDir, name),
  };
}

async function runningParts(stateDir: string): Promise<Set<PartName>> {
  const running = new Set<PartName>();
  for (const { name } of allParts) {
    const identity = await readJson<ProcessIdentity>(pidFile(stateDir, name));
    if (identity !== undefined && (await isAlive(identity))) running.add(name);
  }
  return running;
}

async function lastLines(path: string, lines: number): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines);
}

const pidFile = (stateDir: string, name: PartName) => join(stateDir, 'run', `${name}.json`);
