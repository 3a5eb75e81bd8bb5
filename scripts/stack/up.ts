import { alertmanagerConfig } from '../../alerts/alertmanager.ts';
import { type Part, parts as allParts } from '../../compose/parts.ts';
import { awaitHealthy } from './await-healthy.ts';
import { urlOf } from './health.ts';
import { checkPortsFree } from './preflight.ts';
import { dataPathWorks } from './probe.ts';
import type { LeftOut, Runtime, Stack } from './runtime.ts';
import { exitCodes, StackError } from './stack-error.ts';
import { prepareState, removeRecord, sharedPath, type StackRecord, writeRecord } from './state.ts';
import { overallState, partStates, statusTable } from './status.ts';

const probeTimeoutMillis = 30_000;

/** Starts what does not run yet, waits until all of it works, and tells where everything is. */
export async function up(runtime: Runtime, stack: Stack, record: StackRecord | undefined): Promise<void> {
  if (record !== undefined && (await nothingToDo(runtime, stack, record))) {
    stack.print(`The stack is already running (${runtime.name}).`);
    return await tellResult(runtime, stack, record);
  }
  const started = Date.now();
  const running = await runtime.running();
  const missing = allParts.filter(({ name }) => !running.has(name));
  await checkPortsFree(missing, stack.ports);
  warnOfLoopbackWebhook(runtime, stack);
  const leftOut = await runtime.prepare(missing);
  const startable = missing.filter((part) => leftOut.every((out) => out.part !== part));
  const all = allParts.filter((part) => running.has(part.name) || startable.includes(part));
  const next = { runtime: runtime.name, parts: all.map(({ name }) => name), ports: stack.ports };
  await prepareState(
    stack.stateDir,
    allParts.map(({ name }) => name),
    alertmanagerConfig(webhook(stack)),
  );
  await writeRecord(stack.stateDir, next);
  await startOrUndo({ runtime, stack, startable, all });
  stack.print(`The stack is up after ${((Date.now() - started) / 1_000).toFixed(1)} s (${runtime.name}).`);
  await tellResult(runtime, stack, next, leftOut);
}

async function nothingToDo(runtime: Runtime, stack: Stack, record: StackRecord): Promise<boolean> {
  const states = await partStates(runtime, stack, record);
  if (overallState(states) !== 'healthy') return false;
  const leftOut = [...states].filter(([, state]) => state === 'left out').map(([part]) => part);
  const available = await Promise.all(leftOut.map((part) => runtime.has(part)));
  return !available.includes(true);
}

interface Start {
  readonly runtime: Runtime;
  readonly stack: Stack;
  /** Parts to start. */
  readonly startable: readonly Part[];
  /** Parts that have to be healthy in the end. */
  readonly all: readonly Part[];
}

async function startOrUndo(start: Start): Promise<void> {
  const { runtime, stack, startable, all } = start;
  try {
    stack.print(
      `Starting ${startable.map(({ name }) => name).join(', ') || 'nothing more'} (${runtime.name}) …`,
    );
    await runtime.start(startable);
    await awaitHealthy(all, runtime, stack);
    stack.print('Sending a sample through the collector and reading it back …');
    await checkDataPath(stack);
  } catch (error) {
    await undo(start);
    throw error;
  }
}

// What ran before keeps running.
async function undo({ runtime, stack, startable, all }: Start): Promise<void> {
  if (startable.length < all.length) return await runtime.stop(startable);
  await runtime.stop(allParts);
  await removeRecord(stack.stateDir);
}

async function checkDataPath({ ports }: Stack): Promise<void> {
  const [collectorUrl, victoriaMetricsUrl] = [
    urlOf({ name: 'collector' }, ports),
    urlOf({ name: 'victoriametrics' }, ports),
  ];
  if (await dataPathWorks({ collectorUrl, victoriaMetricsUrl, timeoutMillis: probeTimeoutMillis })) return;
  throw new StackError(
    `A sample sent to ${collectorUrl} was not to be read at ${victoriaMetricsUrl} within 30 s.`,
    {
      exitCode: exitCodes.notHealthy,
    },
  );
}

const webhook = ({ env }: Stack) => ({ webhookUrl: env.CTXD_ALERT_WEBHOOK_URL || undefined });

function warnOfLoopbackWebhook(runtime: Runtime, { env, print }: Stack): void {
  const url = env.CTXD_ALERT_WEBHOOK_URL;
  if (runtime.name !== 'docker' || !url || !/^https?:\/\/(localhost|127\.)/.test(url)) return;
  print(`CTXD_ALERT_WEBHOOK_URL=${url} is the container itself; this machine is host.docker.internal there.`);
}

async function tellResult(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord,
  leftOut: readonly LeftOut[] = [],
) {
  const { print, ports, stateDir } = stack;
  const lines = ['', ...statusTable(await partStates(runtime, stack, record), stack), ''];
  for (const { part, reason } of leftOut)
    lines.push(`Without ${part.name}: ${reason.replace('\n', ' ')}`, '');
  lines.push('Next:', '  npm run demo            real sessions fill up, checkpoint and expire');
  lines.push(`  export OTEL_EXPORTER_OTLP_ENDPOINT=${urlOf({ name: 'collector' }, ports)}`);
  if (record.parts.includes('grafana')) {
    const password = sharedPath(stateDir, 'grafanaPassword');
    lines.push(`  open ${urlOf({ name: 'grafana' }, ports)} as admin; the password is in ${password}`);
  }
  for (const line of lines) print(line);
}
