import { collectorAccess } from '../../compose/collector-access.ts';
import { type Part, type PartName, parts as allParts } from '../../compose/parts.ts';
import { alertFiles } from '../alerts/alert-files.ts';
import type { StackArguments } from './arguments.ts';
import { awaitHealthy } from './await-healthy.ts';
import { checkDataPath } from './data-path.ts';
import { fingerprintsOf } from './fingerprint.ts';
import { checkMachine } from './machine.ts';
import { checkPortsFree } from './preflight.ts';
import type { LeftOut, Runtime, Stack } from './runtime.ts';
import { prepareState, removeRecord, type StackRecord, writeRecord } from './state.ts';
import { overallState, partStates } from './status.ts';
import { variablesOf } from './variables.ts';

/** How to start. */
export type UpOptions = Pick<StackArguments, 'without' | 'pull' | 'rollback'>;

/** What a start found or did. */
export interface Started {
  readonly record: StackRecord;
  readonly leftOut: readonly LeftOut[];
  /** The parts that were started. */
  readonly started: readonly PartName[];
  readonly seconds: number;
}

/** What there is to do. */
export interface Plan {
  /** Parts that are wanted and do not run. */
  readonly missing: readonly Part[];
  /** Parts that run on other settings or another version. */
  readonly changed: readonly Part[];
  /** Parts that run and stay. */
  readonly kept: readonly Part[];
}

/** Starts what does not run yet or runs on other settings, and waits until all of it works. */
export async function up(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord | undefined,
  options: UpOptions,
): Promise<Started> {
  const startedMillis = Date.now();
  await writeSettings(runtime, stack);
  const plan = await planUp(runtime, stack, record, options.without);
  const seconds = () => (Date.now() - startedMillis) / 1_000;
  if (record !== undefined && (await nothingToDo(plan, runtime, stack, record))) {
    return { record, leftOut: [], started: [], seconds: seconds() };
  }
  const { next, leftOut, startable } = await ready(plan, runtime, stack, options);
  const changed = startable.filter((part) => plan.changed.includes(part));
  if (changed.length > 0) stack.print(`Settings or versions changed: ${namesOf(changed).join(', ')}`);
  await writeRecord(stack.stateDir, next);
  const all = allParts.filter(({ name }) => next.parts.includes(name));
  await startOrUndo({ runtime, stack, startable, changed, all, rollback: options.rollback });
  return { record: next, leftOut, started: namesOf(startable), seconds: seconds() };
}

// Before anything is compared, since they are part of it.
async function writeSettings(runtime: Runtime, stack: Stack): Promise<void> {
  const files = await alertFiles(runtime.name, stack);
  await prepareState(stack.stateDir, namesOf(allParts), files, collectorAccess(stack.env));
}

/** Compares what runs with what is wanted. */
export async function planUp(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord | undefined,
  without: readonly PartName[],
): Promise<Plan> {
  const wanted = allParts.filter(({ name }) => !without.includes(name));
  const running = await runtime.running();
  const now = await fingerprintsOf(wanted, stack);
  const hasChanged = ({ name }: Part) =>
    running.has(name) && record?.fingerprints !== undefined && record.fingerprints[name] !== now[name];
  return {
    missing: wanted.filter(({ name }) => !running.has(name)),
    changed: wanted.filter(hasChanged),
    kept: allParts.filter((part) => running.has(part.name) && !(wanted.includes(part) && hasChanged(part))),
  };
}

async function nothingToDo({ missing, changed }: Plan, runtime: Runtime, stack: Stack, record: StackRecord) {
  if (changed.length > 0 || missing.some(({ name }) => record.parts.includes(name))) return false;
  if (overallState(await partStates(runtime, stack, record)) !== 'healthy') return false;
  const available = await Promise.all(missing.map((part) => runtime.has(part)));
  return !available.includes(true);
}

/** Everything that can fail before anything is started. */
async function ready(plan: Plan, runtime: Runtime, stack: Stack, { pull }: UpOptions) {
  await checkMachine(stack);
  await checkPortsFree(plan.missing, stack.ports, stack.env);
  warnOfLoopbackWebhook(runtime, stack);
  const affected = [...plan.missing, ...plan.changed];
  const leftOut = await runtime.prepare(affected, pull);
  const startable = allParts.filter(
    (part) => affected.includes(part) && leftOut.every((out) => out.part !== part),
  );
  await runtime.check(startable);
  const all = allParts.filter((part) => plan.kept.includes(part) || startable.includes(part));
  const next: StackRecord = {
    runtime: runtime.name,
    parts: namesOf(all),
    ports: stack.ports,
    variables: variablesOf(stack.env),
    fingerprints: await fingerprintsOf(all, stack),
    versions: Object.fromEntries(all.map(({ name, version }) => [name, version])),
  };
  return { next, leftOut, startable };
}

interface Start {
  readonly runtime: Runtime;
  readonly stack: Stack;
  /** Parts to start. */
  readonly startable: readonly Part[];
  /** Those of them that run and have to be stopped first. */
  readonly changed: readonly Part[];
  /** Parts that have to be healthy in the end. */
  readonly all: readonly Part[];
  readonly rollback: boolean;
}

async function startOrUndo(start: Start): Promise<void> {
  const { runtime, stack, startable, changed, all, rollback } = start;
  try {
    stack.print(`Starting ${namesOf(startable).join(', ') || 'nothing more'} (${runtime.name}) …`);
    await runtime.stop(changed);
    const startedMillis = Date.now();
    await runtime.start(startable);
    await awaitHealthy(all, runtime, stack, startedMillis);
    stack.print('Sending a sample through the collector and reading it back …');
    await checkDataPath(all, stack);
    await runtime.watch();
  } catch (error) {
    if (rollback) await undo(start);
    throw error;
  }
}

// What ran before keeps running.
async function undo({ runtime, stack, startable, all }: Start): Promise<void> {
  stack.print('Stopping again what was started …');
  if (startable.length < all.length) return await runtime.stop(startable);
  await runtime.stop(allParts);
  await removeRecord(stack.stateDir);
}

function warnOfLoopbackWebhook(runtime: Runtime, { env, print, warn = print }: Stack): void {
  const url = env.CTXD_ALERT_WEBHOOK_URL;
  if (runtime.name !== 'docker' || !url || !/^https?:\/\/(localhost|127\.)/.test(url)) return;
  warn(`CTXD_ALERT_WEBHOOK_URL=${url} is the container itself; this machine is host.docker.internal there.`);
}

const namesOf = (parts: readonly Part[]) => parts.map(({ name }) => name);
