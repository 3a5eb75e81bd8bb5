import { type Part, parts as allParts } from '../../compose/parts.ts';
import { awaitHealthy } from '../../compose/runtime/await-healthy.ts';
import { runtimeNamed } from './chosen-runtime.ts';
import { fingerprintsOf } from '../../compose/runtime/fingerprint.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { removeRecord, type StackRecord, writeRecord } from '../../compose/runtime/state.ts';
import { withVariables } from '../../compose/runtime/variables.ts';

/** A start that is under way. */
export interface Start {
  readonly runtime: Runtime;
  readonly stack: Stack;
  /** What ran before, and on which settings. */
  readonly former: StackRecord | undefined;
  /** Writes the settings again that there were before. */
  readonly takeSettingsBack: () => Promise<void>;
  /** Parts to start. */
  readonly startable: readonly Part[];
  /** Those of them that run and have to be stopped first. */
  readonly stopped: readonly Part[];
  /** Parts that have to be healthy in the end. */
  readonly all: readonly Part[];
}

/** Takes a failed start back: what ran before keeps running, or runs again on the settings that it had. */
export async function rollBack(start: Start): Promise<void> {
  const { runtime, stack, former, startable, stopped, all } = start;
  const { stateDir, print, warn } = stack;
  // With the last part goes what they share.
  const started = startable.length === all.length ? allParts : startable;
  print('Stopping again what was started …');
  await runtime.stop(started);
  if (former !== undefined) {
    await writeRecord(stateDir, former);
    if (await startAsBefore(former, start)) return;
    await runtime.stop(started);
  }
  if (started === allParts) await removeRecord(stateDir);
  if (stopped.length === 0) return;
  warn(`Not running any more: ${listOf(stopped)}. Once that is mended: npm run stack:up`);
}

/** Starts with their former settings what was stopped; tells whether it runs again. */
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
    stack.print(`Starting again as before: ${listOf(stopped)} (${runtime.name}) …`);
    await runtime.start(stopped);
    await awaitHealthy(stopped, runtime, before);
    await runtime.watch();
    return true;
  } catch {
    // Why the start failed says more than why this does.
    return false;
  }
}

/** Whether parts would get all that they had; not so when they ran another version. */
async function areAsBefore(parts: readonly Part[], former: StackRecord, before: Stack): Promise<boolean> {
  const fingerprints = await fingerprintsOf(parts, former.runtime, before);
  return parts.every(({ name }) => fingerprints[name] === former.fingerprints?.[name]);
}

/** The stack with the settings that it was started with. Neither an interrupt nor a short time ends its start. */
function asBefore(stack: Stack, { ports, variables = {} }: StackRecord): Stack {
  return {
    ...stack,
    ports: { ...stack.ports, ...ports },
    env: withVariables(stack.env, variables),
    signal: undefined,
    timeoutMillis: Math.max(stack.timeoutMillis ?? 0, 60_000),
  };
}

const listOf = (parts: readonly Part[]) => parts.map(({ name }) => name).join(', ');
