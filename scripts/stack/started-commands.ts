import {
  defaultRetention,
  namesOf,
  type Part,
  partNamed,
  parts as allParts,
  type PartName,
} from '../../compose/parts.ts';
import { awaitHealthy } from '../../compose/runtime/await-healthy.ts';
import { checkConfiguration } from '../../compose/runtime/configuration.ts';
import { ensureWatched } from '../../compose/runtime/native/watched.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { noAlertCanFire } from '../../compose/runtime/rule-evaluation.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { prepareSecrets, removeRecord, type StackRecord } from '../../compose/runtime/state.ts';
import { startsAtLogin } from '../autostart/service.ts';
import { openBrowser } from './browser.ts';
import { runtimeNamed } from './chosen-runtime.ts';
import { warnOfProblems } from './problems.ts';
import { endpointsOf } from './report.ts';
import { ok, type Outcome, type StartedRun } from './run.ts';
import {
  overallState,
  partReports,
  type PartState,
  partStates,
  reportTable,
  stackStates,
  supervisorReport,
} from './status.ts';

/** `stack:down`. */
export async function down({ stack }: StartedRun, runtime: Runtime): Promise<Outcome> {
  await runtime.recover();
  await runtime.stop(allParts);
  await removeRecord(stack.stateDir);
  stack.print(`The stack is stopped. Its data stays in ${stack.stateDir}`);
  return { ...ok, status: 'stopped', data: { stateDir: stack.stateDir } };
}

/** `stack:status`. Its exit status is that of the stack's state. */
export async function status({ stack, record }: StartedRun, runtime: Runtime): Promise<Outcome> {
  const states = await partStates(runtime, stack, record);
  const isWatched = await runtime.isWatched();
  const overall = overallState(states, isWatched);
  const parts = await partReports(states, runtime, stack, record);
  const retention = stack.env.CTXD_RETENTION || defaultRetention;
  const { stateDir } = stack;
  stack.print(`The stack is ${overall} (${runtime.name}). Metrics are kept for ${retention} in ${stateDir}`);
  const supervisor = await supervisorReport(isWatched, stack);
  for (const line of ['', ...reportTable(parts, supervisor)]) stack.print(line);
  const autostart = startsAtLogin(stack.env);
  stack.print(`Starts at login: ${autostart ? 'yes' : 'no'}`);
  if (overall !== 'stopped') await warnOfWatchers(runtime, stack, states);
  await warnOfProblems(stack);
  const data = {
    runtime: runtime.name,
    stateDir,
    retention,
    autostart,
    parts,
    supervisor,
    ...endpointsOf(stack, record),
  };
  return { exitCode: stackStates[overall], status: overall, data };
}

/** Warns when what restarts parts, or what fires alerts, is down. Starts the supervisor again. */
async function warnOfWatchers(
  runtime: Runtime,
  stack: Stack,
  states: ReadonlyMap<Part, PartState>,
): Promise<void> {
  if (!(await runtime.isWatched())) {
    const isRevived = await ensureWatched(stack);
    const next = isRevived ? 'It has been started again.' : 'Start it: npm run stack:up';
    stack.warn(`The supervisor, which restarts crashed parts, is not running. ${next}`);
  }
  const state = states.get(partNamed('vmalert'));
  if (state !== 'healthy' && state !== 'left out') stack.warn(noAlertCanFire);
}

/** `stack:logs`. */
export async function logs({ request, stack, record }: StartedRun): Promise<Outcome> {
  const lines: string[] = [];
  const print = request.json ? (line: string) => void lines.push(line) : stack.print;
  const runtime = runtimeNamed(record.runtime, { ...stack, print });
  await runtime.printLogs(request.part ? [request.part] : record.parts, request);
  return request.json ? { ...ok, data: { lines } } : ok;
}

/** `stack:restart`. */
export async function restart({ request, stack, record }: StartedRun, runtime: Runtime): Promise<Outcome> {
  const wanted = request.part ? [expectStarted(request.part, record)] : record.parts;
  const parts = allParts.filter(({ name }) => wanted.includes(name));
  stack.print(`Restarting ${namesOf(parts).join(', ')} (${runtime.name}) …`);
  await runtime.recover();
  await prepareSecrets(stack.stateDir);
  await runtime.prepare(parts);
  await checkConfiguration(parts, runtime, stack);
  await runtime.stop(parts);
  await runtime.start(parts);
  await awaitHealthy(parts, runtime, stack);
  await runtime.watch();
  stack.print('Restarted.');
  return { ...ok, data: { restarted: namesOf(parts) } };
}

function expectStarted(part: PartName, { parts }: StackRecord): PartName {
  if (parts.includes(part)) return part;
  throw new StackError(`The stack runs without ${part}.`, { remedy: 'Start it: npm run stack:up' });
}

/** `stack:open`. */
export async function open({ request, stack, record }: StartedRun): Promise<Outcome> {
  return { ...ok, data: { url: await openBrowser(stack, record, request) } };
}
