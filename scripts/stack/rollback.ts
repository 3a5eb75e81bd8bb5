import { namesOf, type Part, parts as allParts } from '../../compose/parts.ts';
import { awaitHealthy } from '../../compose/runtime/await-healthy.ts';
import { runtimeNamed } from './chosen-runtime.ts';
import { fingerprintsOf } from '../../compose/runtime/fingerprint.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { removeRecord, type StackRecord, writeRecord } from '../../compose/runtime/state.ts';
import { withVariables } from '../../compose/runtime/variables.ts';

/** A start in progress. */
export interface Start {
  readonly runtime: Runtime;
  readonly stack: Stack;
  /** The record of what ran before, with its settings. */
  readonly former: StackRecord | undefined;
  /** Writes the former settings again. */
  readonly takeSettingsBack: () => Promise<void>;
  /** Parts to start. */
  readonly startable: readonly Part[];
  /** Those of them that run and must stop first. */
  readonly stopped: readonly Part[];
  /** Parts that have to be healthy at the end. */
  readonly all: readonly Part[];
}

/** Undoes a failed start: parts that ran before keep running, or restart with their former settings. */
export async function rollBack(start: Start): Promise<void> {
  const { runtime, stack, former, startable, stopped, all } = start;
  const { stateDir, print, warn } = stack;
  // Stopping all parts also removes what they share.
  const started = startable.length === all.length ? allParts : startable;
  print('Stopping what was started …');
  await runtime.stop(started);
  if (former !== undefined) {
    await writeRecord(stateDir, former);
    if (await startAsBefore(former, start)) return;
    await runtime.stop(started);
  }
  if (started === allParts) await removeRecord(stateDir);
  if (stopped.length === 0) return;
  warn(`No longer running: ${listOf(stopped)}. After fixing the problem: npm run stack:up`);
}

/** Restarts the stopped parts with their former settings. Returns whether they run again. */
async function startAsBefore(
  former: StackRecord,
  { stack, stopped, takeSettingsBack }: Start,
): Promise<boolean> {
  const before = asBefore(stack, former);
  const runtime = runtimeNamed(former.runtime, before);
  try {
    await takeSettingsBack();
    if (stopped.length === 0) return true;
    if (!(await areAsBefore(stopped, former, before))) return false;
    stack.print(`Restarting with the former settings: ${listOf(stopped)} (${runtime.name}) …`);
    await runtime.start(stopped);
    await awaitHealthy(stopped, runtime, before);
    await runtime.watch();
    return true;
  } catch {
    // The first failure says more than this one.
    return false;
  }
}

/** Whether the parts would start exactly as before, which they do not if they ran another version. */
async function areAsBefore(parts: readonly Part[], former: StackRecord, before: Stack): Promise<boolean> {
  const fingerprints = await fingerprintsOf(parts, former.runtime, before);
  return parts.every(({ name }) => fingerprints[name] === former.fingerprints?.[name]);
}

/** The stack with its former settings. Neither an interrupt nor a short timeout ends this start. */
function asBefore(stack: Stack, { ports, variables = {} }: StackRecord): Stack {
  return {
    ...stack,
    ports: { ...stack.ports, ...ports },
    env: withVariables(stack.env, variables),
    signal: undefined,
    timeoutMillis: Math.max(stack.timeoutMillis ?? 0, 60_000),
  };
}

const listOf = (parts: readonly Part[]) => namesOf(parts).join(', ');
