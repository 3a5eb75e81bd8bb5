import { collectorAccess } from '../../compose/collector-access.ts';
import { type Part, type PartName, parts as allParts } from '../../compose/parts.ts';
import { alertFiles } from '../alerts/alert-files.ts';
import type { StackArguments } from './arguments.ts';
import { awaitHealthy } from './await-healthy.ts';
import { checkDataPath } from './data-path.ts';
import { fingerprintsOf } from './fingerprint.ts';
import { checkMachine } from './machine.ts';
import { affectedBy, isNothingToDo, type Plan, planUp } from './plan.ts';
import { checkPortsFree } from './preflight.ts';
import type { LeftOut, Runtime, Stack } from './runtime.ts';
import { prepareState, removeRecord, type StackRecord, writeRecord } from './state.ts';
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

/** Starts what does not run yet or runs on other settings, and waits until all of it works. */
export async function up(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord | undefined,
  options: UpOptions,
): Promise<Started> {
  const startedMillis = Date.now();
  await writeSettings(runtime, stack);
  const seconds = () => (Date.now() - startedMillis) / 1_000;
  const { plan, leftOut, isDone } = await planAndFetch(runtime, stack, record, options);
  if (record !== undefined && isDone) {
    if (!(await runtime.isWatched())) await runtime.watch();
    return { record, leftOut, started: [], seconds: seconds() };
  }
  const startable = affectedBy(plan).filter((part) => leftOut.every((out) => out.part !== part));
  await runtime.check(startable);
  tellReasons(plan, stack);
  const all = allParts.filter((part) => plan.kept.includes(part) || startable.includes(part));
  const next = await recordFor(all, runtime, stack);
  await writeRecord(stack.stateDir, next);
  const stopped = startable.filter((part) => !plan.missing.includes(part));
  await startOrUndo({ runtime, stack, startable, stopped, all, rollback: options.rollback });
  return { record: next, leftOut, started: namesOf(startable), seconds: seconds() };
}

/** Finds out what there is to do, and gets what that takes. */
async function planAndFetch(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord | undefined,
  { without, pull }: UpOptions,
): Promise<{ plan: Plan; leftOut: readonly LeftOut[]; isDone: boolean }> {
  const plan = await planUp(runtime, stack, record, without);
  if (!pull && (await isNothingToDo(plan, runtime, stack, record)))
    return { plan, leftOut: [], isDone: true };
  stack.print('Checking ports, disk, memory and configuration …');
  await checkMachine(stack);
  await checkPortsFree(plan.missing, stack.ports, stack.env);
  warnOfLoopbackWebhook(runtime, stack);
  const wanted = pull ? allParts.filter(({ name }) => !without.includes(name)) : affectedBy(plan);
  const leftOut = await runtime.prepare(wanted, pull);
  if (!pull) return { plan, leftOut, isDone: false };
  const renewed = await planUp(runtime, stack, record, without, await runtime.outdated());
  return { plan: renewed, leftOut, isDone: await isNothingToDo(renewed, runtime, stack, record) };
}

// Before anything is compared, since they are part of it.
async function writeSettings(runtime: Runtime, stack: Stack): Promise<void> {
  const files = await alertFiles(runtime.name, stack);
  await prepareState(stack.stateDir, namesOf(allParts), files, collectorAccess(stack.env));
}

function tellReasons({ changed, hung }: Plan, { print }: Stack): void {
  if (changed.length > 0) print(`Settings or versions changed: ${namesOf(changed).join(', ')}`);
  if (hung.length > 0) print(`Running, but not answering: ${namesOf(hung).join(', ')}`);
}

async function recordFor(parts: readonly Part[], runtime: Runtime, stack: Stack): Promise<StackRecord> {
  return {
    runtime: runtime.name,
    parts: namesOf(parts),
    ports: stack.ports,
    variables: variablesOf(stack.env),
    fingerprints: await fingerprintsOf(parts, runtime.name, stack),
    versions: Object.fromEntries(parts.map(({ name, version }) => [name, version])),
  };
}

interface Start {
  readonly runtime: Runtime;
  readonly stack: Stack;
  /** Parts to start. */
  readonly startable: readonly Part[];
  /** Those of them that run and have to be stopped first. */
  readonly stopped: readonly Part[];
  /** Parts that have to be healthy in the end. */
  readonly all: readonly Part[];
  readonly rollback: boolean;
}

async function startOrUndo(start: Start): Promise<void> {
  const { runtime, stack, startable, stopped, all, rollback } = start;
  try {
    stack.print(`Starting ${namesOf(startable).join(', ') || 'nothing more'} (${runtime.name}) …`);
    await runtime.stop(stopped);
    const startedMillis = Date.now();
    await runtime.start(startable);
    await awaitHealthy(all, runtime, stack, startedMillis);
    stack.print('Sending a sample through the collector and reading it back …');
    await checkDataPath(all, stack);
    await runtime.watch();
  } catch (error) {
    await (rollback ? undo(start) : tellWhatRuns(start));
    throw error;
  }
}

// What ran before keeps running, unless it was to run differently.
async function undo({ runtime, stack, startable, stopped, all }: Start): Promise<void> {
  const { print, warn = print } = stack;
  print('Stopping again what was started …');
  if (startable.length === all.length) {
    await runtime.stop(allParts);
    return await removeRecord(stack.stateDir);
  }
  await runtime.stop(startable);
  if (stopped.length === 0) return;
  warn(`Not running any more: ${namesOf(stopped).join(', ')}. Once that is mended: npm run stack:up`);
}

async function tellWhatRuns({ runtime, stack: { print, warn = print } }: Start): Promise<void> {
  const running = [...(await runtime.running())];
  if (running.length === 0) return;
  warn(`Left running: ${running.join(', ')}. To go on: npm run stack:up, to end it: npm run stack:down`);
}

function warnOfLoopbackWebhook(runtime: Runtime, { env, print, warn = print }: Stack): void {
  const url = env.CTXD_ALERT_WEBHOOK_URL;
  if (runtime.name !== 'docker' || !url || !/^https?:\/\/(localhost|127\.)/.test(url)) return;
  warn(`CTXD_ALERT_WEBHOOK_URL=${url} is the container itself; this machine is host.docker.internal there.`);
}

const namesOf = (parts: readonly Part[]) => parts.map(({ name }) => name);
