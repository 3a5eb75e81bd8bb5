import { type Part, type PartName, parts as allParts } from '../../compose/parts.ts';
import { fingerprintsOf } from '../../compose/runtime/fingerprint.ts';
import { waitUntil } from '../../compose/runtime/health.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import type { StackRecord } from '../../compose/runtime/state.ts';
import { isRunning, overallState, type PartState, partStates } from './status.ts';

/** The steps of a start. */
export interface Plan {
  /** The state of each part. */
  readonly states: ReadonlyMap<Part, PartState>;
  /** Wanted parts that do not run. */
  readonly missing: readonly Part[];
  /** Parts that run with other settings or another version. */
  readonly changed: readonly Part[];
  /** Parts that run but do not answer within a few seconds. */
  readonly hung: readonly Part[];
  /** Parts that keep running. */
  readonly kept: readonly Part[];
}

/**
 * Compares the running parts with the wanted ones.
 *
 * @param outdated - parts whose program has changed since they started. Default: none.
 */
export async function planUp(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord | undefined,
  without: readonly PartName[],
  outdated: ReadonlySet<PartName> = new Set(),
): Promise<Plan> {
  const wanted = allParts.filter(({ name }) => !without.includes(name));
  const now = await fingerprintsOf(wanted, runtime.name, stack);
  const before = record?.fingerprints;
  const hasChanged = ({ name }: Part) =>
    outdated.has(name) || (before !== undefined && before[name] !== now[name]);
  let states: ReadonlyMap<Part, PartState> = new Map();
  const hung = () => wanted.filter((part) => states.get(part) === 'unhealthy' && !hasChanged(part));
  // A part that has just started is not hung.
  const haveAllAnswered = async () => {
    states = await partStates(runtime, stack, record ?? { parts: [] });
    return hung().length === 0;
  };
  await waitUntil(haveAllAnswered, 5_000, stack.signal);
  const runs = (part: Part) => isRunning(states.get(part));
  const changed = wanted.filter((part) => runs(part) && hasChanged(part));
  return {
    states,
    missing: wanted.filter((part) => !runs(part)),
    changed,
    hung: hung(),
    kept: allParts.filter((part) => runs(part) && ![...changed, ...hung()].includes(part)),
  };
}

/** Whether every available part runs already. */
export async function isNothingToDo(
  { states, missing, changed, hung }: Plan,
  runtime: Runtime,
  record: StackRecord | undefined,
): Promise<boolean> {
  if (record === undefined) return false;
  if (changed.length + hung.length > 0 || missing.some(({ name }) => record.parts.includes(name)))
    return false;
  if (overallState(states) !== 'healthy') return false;
  const available = await Promise.all(missing.map((part) => runtime.has(part)));
  return !available.includes(true);
}

/** The parts to start or restart. */
export function affectedBy({ missing, changed, hung }: Plan): Part[] {
  return allParts.filter((part) => [...missing, ...changed, ...hung].includes(part));
}
