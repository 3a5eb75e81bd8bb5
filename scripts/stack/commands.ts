import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultRetention, parts as allParts, type PartName } from '../../compose/parts.ts';
import { type Ports, portsFrom } from '../../compose/ports.ts';
import type { CommandName, StackArguments } from './arguments.ts';
import { awaitHealthy } from './await-healthy.ts';
import { backup } from './backup.ts';
import { openBrowser } from './browser.ts';
import { bytesInWords, bytesOfFolder } from './bytes.ts';
import { dockerProblem } from './docker-problem.ts';
import { dockerRuntime } from './docker.ts';
import { dryRun } from './dry-run.ts';
import { takeLock } from './lock.ts';
import type { Surface } from './main.ts';
import { nativeRuntime } from './native.ts';
import { movedPorts } from './preflight.ts';
import { closingLines, endpointsOf } from './report.ts';
import { restore } from './restore.ts';
import type { Runtime, Stack } from './runtime.ts';
import { exitCodes, messageOf, StackError } from './stack-error.ts';
import {
  dataDirOf,
  readRecord,
  removeRecord,
  type RuntimeName,
  type StackRecord,
  stateDirFrom,
} from './state.ts';
import { overallState, partReports, partStates, reportTable, stackStates } from './status.ts';
import { type Started, up } from './up.ts';

/** How a command ended. */
export interface Outcome {
  readonly exitCode: number;
  /** One word; default `ok`. */
  readonly status?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What a command has at hand. */
interface Run {
  readonly request: StackArguments;
  readonly stack: Stack;
  readonly record: StackRecord | undefined;
  readonly confirm: Surface['confirm'];
}

type Command = (run: Run) => Promise<Outcome>;

const ok: Outcome = { exitCode: exitCodes.ok };

const commands: Readonly<Record<CommandName, Command>> = {
  up: runUp,
  down: ifRunning(down, { exitCode: exitCodes.ok, status: 'stopped' }),
  status: ifRunning(status, { exitCode: stackStates.stopped, status: 'stopped' }),
  logs: ifRunning(logs, { exitCode: exitCodes.failure, status: 'stopped' }),
  restart: ifRunning(restart, { exitCode: exitCodes.failure, status: 'stopped' }),
  open: ifRunning(open, { exitCode: exitCodes.failure, status: 'stopped' }),
  upgrade: runUpgrade,
  backup: async (run) => ({ ...ok, data: await backup(fileOf(run), run.stack, await liveRuntime(run)) }),
  restore: runRestore,
  reset,
};

/** These only look; all others keep each other out. */
const lookers: ReadonlySet<string> = new Set<CommandName>(['status', 'logs', 'open']);

/** Runs a command on the stack of the environment. */
export async function runStackCommand(
  request: StackArguments,
  surface: Omit<Stack, 'stateDir' | 'ports'> & Pick<Surface, 'confirm'>,
): Promise<Outcome> {
  const { command, timeoutMillis } = request;
  if (command === 'help') return ok;
  const stateDir = stateDirFrom(surface.env);
  await using resources = new AsyncDisposableStack();
  if (!lookers.has(command) && !request.dryRun) {
    resources.use(await takeLock({ stateDir, command, waitMillis: timeoutMillis, ...surface }));
  }
  const record = await readRecord(stateDir);
  const env =
    command === 'up' || record === undefined ? surface.env : { ...surface.env, ...record.variables };
  const stack = { ...surface, stateDir, env, timeoutMillis, ports: record?.ports ?? chosenPorts(env) };
  return await commands[command]({ request, stack, record, confirm: surface.confirm });
}

/** A command on a running stack; otherwise it says that there is none. */
function ifRunning(
  command: (run: Run & { record: StackRecord }, runtime: Runtime) => Promise<Outcome>,
  otherwise: Outcome,
): Command {
  return async (run) => {
    const { record, stack, request } = run;
    if (record === undefined) {
      stack.print('The stack is not running. Start it with npm run stack:up');
      return otherwise;
    }
    expectSameRuntime(request, record);
    return await command({ ...run, record }, runtimeNamed(record.runtime, stack));
  };
}

async function runUp({ request, stack, record }: Run): Promise<Outcome> {
  const running = await runningRecord(stack, record);
  if (running) expectSameRuntime(request, running);
  const name = running?.runtime ?? (await chooseRuntime(request.runtime, stack));
  const fresh = running === undefined ? { ...stack, ports: chosenPorts(stack.env) } : stack;
  const first = runtimeNamed(name, fresh);
  if (request.dryRun) return { ...ok, data: await dryRun(first, fresh, running, request) };
  await first.recover();
  const current = request.autoPorts ? { ...fresh, ports: await freedPorts(first, fresh) } : fresh;
  const runtime = runtimeNamed(name, current);
  const started = await up(runtime, current, running, request);
  await tell(started, runtime, current);
  if (request.open) await openBrowser(current, started.record);
  return { ...ok, status: 'healthy', data: await describe(started, runtime, current) };
}

/** The same ports, with free ones in place of those that others have. */
async function freedPorts(runtime: Runtime, { ports, print }: Stack): Promise<Ports> {
  const running = await runtime.running();
  const missing = allParts.filter(({ name }) => !running.has(name));
  const moved = await movedPorts(missing, ports);
  for (const { name } of missing) {
    if (moved[name].main === ports[name].main) continue;
    print(`Port ${ports[name].main} is taken, so ${name} gets ${moved[name].main}`);
  }
  return moved;
}

async function tell(started: Started, runtime: Runtime, stack: Stack): Promise<void> {
  stack.print(
    started.started.length === 0
      ? `The stack is already running (${runtime.name}).`
      : `The stack is up after ${started.seconds.toFixed(1)} s (${runtime.name}).`,
  );
  for (const line of await closingLines(runtime, stack, started)) stack.print(line);
}

async function describe({ record, leftOut, started, seconds }: Started, runtime: Runtime, stack: Stack) {
  const states = await partStates(runtime, stack, record);
  return {
    runtime: runtime.name,
    seconds,
    started,
    leftOut: leftOut.map(({ part, reason }) => ({ part: part.name, reason })),
    parts: Object.fromEntries([...states].map(([part, state]) => [part.name, state])),
    ...endpointsOf(stack, record),
  };
}

async function runUpgrade(run: Run): Promise<Outcome> {
  const { stack, request } = run;
  const running = await runningRecord(stack, run.record);
  const name = running?.runtime ?? (await chooseRuntime(request.runtime, stack));
  const runtime = runtimeNamed(name, stack);
  const before = running?.versions ?? {};
  if (running === undefined) {
    await runtime.prepare(allParts, true);
    stack.print('Everything is fetched. The stack is not running: start it with npm run stack:up');
    return { ...ok, status: 'stopped' };
  }
  const without = allParts.map((part) => part.name).filter((part) => !running.parts.includes(part));
  const started = await up(runtime, stack, running, { ...request, without, pull: true });
  const changes = allParts
    .filter((part) => started.started.includes(part.name))
    .map((part) => `${part.name} ${before[part.name] ?? '?'} → ${part.version}`);
  stack.print(changes.length === 0 ? 'Everything is up to date.' : `Restarted ${changes.join(', ')}`);
  return { ...ok, data: { restarted: started.started } };
}

async function down({ stack }: Run, runtime: Runtime): Promise<Outcome> {
  await runtime.recover();
  await runtime.stop(allParts);
  await removeRecord(stack.stateDir);
  stack.print(`The stack is stopped. Its data stays in ${stack.stateDir}`);
  return { ...ok, status: 'stopped', data: { stateDir: stack.stateDir } };
}

async function status({ stack, record }: Run & { record: StackRecord }, runtime: Runtime): Promise<Outcome> {
  const states = await partStates(runtime, stack, record);
  const overall = overallState(states);
  const parts = await partReports(states, runtime, stack);
  const retention = stack.env.CTXD_RETENTION || defaultRetention;
  stack.print(
    `The stack is ${overall} (${runtime.name}). Metrics are kept for ${retention} in ${stack.stateDir}`,
  );
  for (const line of ['', ...reportTable(parts)]) stack.print(line);
  return {
    exitCode: stackStates[overall],
    status: overall,
    data: {
      runtime: runtime.name,
      stateDir: stack.stateDir,
      retention,
      parts,
      ...endpointsOf(stack, record),
    },
  };
}

async function logs({ request, record }: Run & { record: StackRecord }, runtime: Runtime): Promise<Outcome> {
  await runtime.printLogs(request.part ? [request.part] : record.parts, request);
  return ok;
}

async function restart(
  { request, stack, record }: Run & { record: StackRecord },
  runtime: Runtime,
): Promise<Outcome> {
  const wanted: readonly PartName[] = request.part ? [request.part] : record.parts;
  const parts = allParts.filter(({ name }) => wanted.includes(name));
  stack.print(`Restarting ${parts.map(({ name }) => name).join(', ')} (${runtime.name}) …`);
  await runtime.recover();
  await runtime.prepare(parts);
  await runtime.stop(parts);
  await runtime.start(parts);
  await awaitHealthy(parts, runtime, stack);
  await runtime.watch();
  stack.print('Restarted.');
  return { ...ok, data: { restarted: parts.map(({ name }) => name) } };
}

async function open({ stack, record }: Run & { record: StackRecord }): Promise<Outcome> {
  return { ...ok, data: { url: await openBrowser(stack, record) } };
}

async function reset(run: Run): Promise<Outcome> {
  const { stack } = run;
  const folders = [
    ...allParts.map(({ name }) => dataDirOf(stack.stateDir, name)),
    join(stack.stateDir, 'log'),
  ];
  const bytes = (await Promise.all(folders.map(bytesOfFolder))).reduce((sum, size) => sum + size, 0);
  const what = `all metrics, dashboards of your own, silences and logs in ${stack.stateDir}: ${bytesInWords(bytes)}`;
  await expectConsent(`Delete ${what}?`, run);
  await (await liveRuntime(run))?.stop(allParts);
  await removeRecord(stack.stateDir);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  stack.print(`Deleted ${what}. The secrets stay.`);
  return { ...ok, status: 'stopped', data: { deletedBytes: bytes } };
}

async function runRestore(run: Run): Promise<Outcome> {
  const { stack, record } = run;
  const file = fileOf(run);
  await expectConsent(`Replace the data in ${stack.stateDir} by that of ${file}?`, run);
  const data = await restore(file, stack, await liveRuntime(run), record);
  return { ...ok, data };
}

async function expectConsent(question: string, { request, confirm }: Run): Promise<void> {
  if (request.yes) return;
  if (confirm === undefined) {
    throw new StackError(`${question} Nobody is there to answer.`, {
      remedy: `Say so beforehand: npm run stack:${request.command} -- --yes`,
      exitCode: exitCodes.usage,
    });
  }
  if (!(await confirm(question))) throw new StackError('Nothing was changed.');
}

/** The record of a stack that runs, at least in part. */
async function runningRecord(
  stack: Stack,
  record: StackRecord | undefined,
): Promise<StackRecord | undefined> {
  if (record === undefined) return undefined;
  const runtime = runtimeNamed(record.runtime, stack);
  await runtime.recover();
  return (await runtime.running()).size > 0 ? record : undefined;
}

async function liveRuntime({ stack, record }: Run): Promise<Runtime | undefined> {
  const running = await runningRecord(stack, record);
  return running && runtimeNamed(running.runtime, stack);
}

const fileOf = ({ request }: Run) => request.file ?? '';

async function chooseRuntime(forced: RuntimeName | undefined, { env, print }: Stack): Promise<RuntimeName> {
  if (forced === 'native') return 'native';
  const problem = await dockerProblem(env);
  if (problem === undefined) return 'docker';
  if (forced === undefined) {
    print(`${problem.reason}; running the parts as processes of this machine.`);
    return 'native';
  }
  throw new StackError(`${problem.reason}.`, {
    remedy: `${problem.remedy}\nOr run it without: npm run stack:up -- --runtime native`,
    exitCode: exitCodes.noRuntime,
  });
}

function chosenPorts(env: NodeJS.ProcessEnv): Ports {
  try {
    return portsFrom(env);
  } catch (error) {
    throw new StackError(messageOf(error), { exitCode: exitCodes.usage, cause: error });
  }
}

function runtimeNamed(name: RuntimeName, stack: Stack): Runtime {
  return name === 'docker' ? dockerRuntime(stack) : nativeRuntime(stack);
}

function expectSameRuntime({ runtime }: StackArguments, record: StackRecord): void {
  if (runtime === undefined || runtime === record.runtime) return;
  throw new StackError(`The stack was started with --runtime ${record.runtime}.`, {
    remedy: 'Stop it first: npm run stack:down',
    exitCode: exitCodes.usage,
  });
}
