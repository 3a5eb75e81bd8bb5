import { defaultRetention, parts as allParts, type PartName } from '../../compose/parts.ts';
import type { CommandName, StackArguments } from './arguments.ts';
import { awaitHealthy } from '../../compose/runtime/await-healthy.ts';
import { openBrowser } from './browser.ts';
import {
  type Command,
  currentPorts,
  expectSameRuntime,
  ok,
  type Outcome,
  recordOf,
  type Run,
  runtimeNamed,
} from './chosen-runtime.ts';
import { checkConfiguration } from '../../compose/runtime/configuration.ts';
import { reset, runBackup, runRestore } from './data-commands.ts';
import { takeLock } from '../../compose/runtime/lock.ts';
import type { Surface } from './main.ts';
import { endpointsOf } from './report.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { exitCodes, StackError } from '../../compose/runtime/stack-error.ts';
import { runUp, runUpgrade } from './start-commands.ts';
import { prepareSecrets, removeRecord, type StackRecord, stateDirFrom } from '../../compose/runtime/state.ts';
import { overallState, partReports, partStates, reportTable, stackStates } from './status.ts';
import { withVariables } from '../../compose/runtime/variables.ts';

const commands: Readonly<Record<CommandName, Command>> = {
  up: runUp,
  down: ifRunning(down, { exitCode: exitCodes.ok, status: 'stopped' }),
  status: ifRunning(status, { exitCode: stackStates.stopped, status: 'stopped' }),
  logs: ifRunning(logs, { exitCode: exitCodes.failure, status: 'stopped' }),
  restart: ifRunning(restart, { exitCode: exitCodes.failure, status: 'stopped' }),
  open: ifRunning(open, { exitCode: exitCodes.failure, status: 'stopped' }),
  upgrade: runUpgrade,
  backup: runBackup,
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
    resources.use(
      await takeLock({
        folder: stateDir,
        command: `stack:${command}`,
        waitMillis: timeoutMillis,
        ...surface,
      }),
    );
  }
  const record = await recordOf({ ...surface, stateDir });
  const { variables } = record ?? {};
  const env =
    command === 'up' || variables === undefined ? surface.env : withVariables(surface.env, variables);
  const stack = { ...surface, stateDir, env, timeoutMillis, ports: currentPorts(env, record) };
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
  const parts = await partReports(states, runtime, stack, record);
  const retention = stack.env.CTXD_RETENTION || defaultRetention;
  stack.print(
    `The stack is ${overall} (${runtime.name}). Metrics are kept for ${retention} in ${stack.stateDir}`,
  );
  for (const line of ['', ...reportTable(parts)]) stack.print(line);
  if (overall !== 'stopped') await warnOfNoWatch(runtime, stack);
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

async function warnOfNoWatch(runtime: Runtime, { warn }: Stack): Promise<void> {
  if (await runtime.isWatched()) return;
  warn('What starts crashed parts again was killed; npm run stack:up starts it.');
}

async function logs({ request, stack, record }: Run & { record: StackRecord }): Promise<Outcome> {
  const lines: string[] = [];
  const print = request.json ? (line: string) => void lines.push(line) : stack.print;
  const runtime = runtimeNamed(record.runtime, { ...stack, print });
  await runtime.printLogs(request.part ? [request.part] : record.parts, request);
  return request.json ? { ...ok, data: { lines } } : ok;
}

async function restart(
  { request, stack, record }: Run & { record: StackRecord },
  runtime: Runtime,
): Promise<Outcome> {
  const wanted = request.part ? [expectStarted(request.part, record)] : record.parts;
  const parts = allParts.filter(({ name }) => wanted.includes(name));
  stack.print(`Restarting ${parts.map(({ name }) => name).join(', ')} (${runtime.name}) …`);
  await runtime.recover();
  await prepareSecrets(stack.stateDir);
  await runtime.prepare(parts);
  await checkConfiguration(parts, runtime, stack);
  await runtime.stop(parts);
  await runtime.start(parts);
  await awaitHealthy(parts, runtime, stack);
  await runtime.watch();
  stack.print('Restarted.');
  return { ...ok, data: { restarted: parts.map(({ name }) => name) } };
}

function expectStarted(part: PartName, { parts }: StackRecord): PartName {
  if (parts.includes(part)) return part;
  throw new StackError(`The stack runs without ${part}.`, { remedy: 'Start it, too: npm run stack:up' });
}

async function open({ stack, record }: Run & { record: StackRecord }): Promise<Outcome> {
  return { ...ok, data: { url: await openBrowser(stack, record) } };
}
