import { namesOf, type Part, type PartName, parts as allParts } from '../../compose/parts.ts';
import { awaitHealthy } from '../../compose/runtime/await-healthy.ts';
import { checkConfiguration } from '../../compose/runtime/configuration.ts';
import { checkDataPath } from './data-path.ts';
import { fingerprintsOf } from '../../compose/runtime/fingerprint.ts';
import { checkMachine } from '../../compose/runtime/machine.ts';
import { affectedBy, isNothingToDo, type Plan, planUp } from './plan.ts';
import { checkPortsFree } from '../../compose/runtime/preflight.ts';
import { rollBack, type Start } from './rollback.ts';
import type { Started, UpOptions } from './run.ts';
import type { LeftOut, Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { writeSettings } from './settings.ts';
import { type StackRecord, writeRecord } from '../../compose/runtime/state.ts';
import { type PartState, partStates } from './status.ts';
import { variablesOf } from '../../compose/runtime/variables.ts';

/** Starts what does not run yet, restarts what runs with other settings, and waits until everything works. */
export async function up(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord | undefined,
  options: UpOptions,
): Promise<Started> {
  const startedMillis = Date.now();
  const seconds = () => (Date.now() - startedMillis) / 1_000;
  const { start, leftOut, isDone, states } = await prepareStart(runtime, stack, record, options);
  if (record !== undefined && isDone) {
    if (!(await runtime.isWatched())) await runtime.watch();
    return { record, leftOut, started: [], seconds: seconds(), states };
  }
  const next = await recordFor(start.all, runtime, stack);
  await writeRecord(stack.stateDir, next);
  await startOrUndo(start, options.rollback);
  return {
    record: next,
    leftOut,
    started: namesOf(start.startable),
    seconds: seconds(),
    states: await partStates(runtime, stack, next),
  };
}

interface Prepared {
  readonly start: Start;
  readonly leftOut: readonly LeftOut[];
  readonly isDone: boolean;
  readonly states: ReadonlyMap<Part, PartState>;
}

/** Everything before the first part stops. If it fails, the former settings are written again. */
async function prepareStart(
  runtime: Runtime,
  stack: Stack,
  former: StackRecord | undefined,
  options: UpOptions,
): Promise<Prepared> {
  // First, because the plan compares these files.
  const known = former?.parts ?? namesOf(allParts);
  const expected = namesOf(allParts).filter(
    // VictoriaMetrics is never left out but on request.
    (name) => !options.without.includes(name) && (known.includes(name) || name === 'victoriametrics'),
  );
  const takeSettingsBack = await writeSettings(runtime.name, stack, expected);
  try {
    const { plan, leftOut, isDone } = await planAndFetch(runtime, stack, former, options);
    const isAtHand = (part: Part) => leftOut.every((out) => out.part !== part);
    const startable = isDone ? [] : affectedBy(plan).filter(isAtHand);
    await checkConfiguration(startable, runtime, stack);
    printReasons(plan, stack);
    const stopped = startable.filter((part) => !plan.missing.includes(part));
    const all = allParts.filter((part) => plan.kept.includes(part) || startable.includes(part));
    const hasGrafana = (names: readonly PartName[]) => names.includes('grafana');
    // Known only now: Grafana is left out if it cannot be fetched.
    if (!isDone && hasGrafana(expected) !== hasGrafana(namesOf(all)))
      await writeSettings(runtime.name, stack, namesOf(all));
    const start = { runtime, stack, former, takeSettingsBack, startable, stopped, all };
    return { start, leftOut, isDone, states: plan.states };
  } catch (error) {
    if (former !== undefined) await takeSettingsBack().catch(() => undefined);
    throw error;
  }
}

/** Makes the plan and fetches what it needs. */
async function planAndFetch(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord | undefined,
  { without, pull }: UpOptions,
): Promise<{ plan: Plan; leftOut: readonly LeftOut[]; isDone: boolean }> {
  const plan = await planUp(runtime, stack, record, without);
  if (!pull && (await isNothingToDo(plan, runtime, record))) return { plan, leftOut: [], isDone: true };
  stack.print('Checking ports, disk, memory and configuration …');
  await checkMachine(stack);
  await checkPortsFree(plan.missing, stack.ports, stack.env);
  warnOfLoopbackWebhook(runtime, stack);
  const wanted = pull ? allParts.filter(({ name }) => !without.includes(name)) : affectedBy(plan);
  const leftOut = await runtime.prepare(wanted, pull);
  if (!pull) return { plan, leftOut, isDone: false };
  const renewed = await planUp(runtime, stack, record, without, await runtime.outdated());
  return { plan: renewed, leftOut, isDone: await isNothingToDo(renewed, runtime, record) };
}

function printReasons({ changed, hung }: Plan, { print }: Stack): void {
  if (changed.length > 0) print(`Settings or versions changed: ${namesOf(changed).join(', ')}`);
  if (hung.length > 0) print(`Running but not answering: ${namesOf(hung).join(', ')}`);
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

async function startOrUndo(start: Start, rollback: boolean): Promise<void> {
  const { runtime, stack, startable, stopped, all } = start;
  try {
    stack.print(`Starting ${namesOf(startable).join(', ') || 'nothing else'} (${runtime.name}) …`);
    await runtime.stop(stopped);
    const startedMillis = Date.now();
    await runtime.start(startable);
    await awaitHealthy(all, runtime, stack, startedMillis);
    if (all.some(({ name }) => name === 'victoriametrics'))
      stack.print('Sending a sample through the collector and reading it back …');
    await checkDataPath(all, stack);
    await runtime.watch();
  } catch (error) {
    await (rollback ? rollBack(start) : warnOfWhatRuns(start));
    throw error;
  }
}

async function warnOfWhatRuns({ runtime, stack: { warn } }: Start): Promise<void> {
  const running = [...(await runtime.running())];
  if (running.length === 0) return;
  warn(`Left running: ${running.join(', ')}. To continue: npm run stack:up. To stop: npm run stack:down`);
}

function warnOfLoopbackWebhook(runtime: Runtime, { env, warn }: Stack): void {
  const url = env.CTXD_ALERT_WEBHOOK_URL;
  if (runtime.name !== 'docker' || !url || !/^https?:\/\/(localhost|127\.)/.test(url)) return;
  warn(
    `CTXD_ALERT_WEBHOOK_URL=${url} points to the container itself. Use host.docker.internal for this machine.`,
  );
}
