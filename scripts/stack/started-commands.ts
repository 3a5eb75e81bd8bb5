import { defaultRetention, namesOf, parts as allParts, type PartName } from '../../compose/parts.ts';
import { awaitHealthy } from '../../compose/runtime/await-healthy.ts';
import { checkConfiguration } from '../../compose/runtime/configuration.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import { prepareSecrets, removeRecord, type StackRecord } from '../../compose/runtime/state.ts';
import { openBrowser } from './browser.ts';
import { runtimeNamed } from './chosen-runtime.ts';
import { warnOfProblems } from './problems.ts';
import { endpointsOf } from './report.ts';
import { ok, type Outcome, type StartedRun } from './run.ts';
import { overallState, partReports, partStates, reportTable, stackStates } from './status.ts';

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
  const overall = overallState(states);
  const parts = await partReports(states, runtime, stack, record);
  const retention = stack.env.CTXD_RETENTION || defaultRetention;
  const { stateDir } = stack;
  stack.print(`The stack is ${overall} (${runtime.name}). Metrics are kept for ${retention} in ${stateDir}`);
  for (const line of ['', ...reportTable(parts)]) stack.print(line);
  if (overall !== 'stopped') await warnIfUnwatched(runtime, stack);
  await warnOfProblems(stack);
  const data = { runtime: runtime.name, stateDir, retention, parts, ...endpointsOf(stack, record) };
  return { exitCode: stackStates[overall], status: overall, data };
}

async function warnIfUnwatched(runtime: Runtime, { warn }: Stack): Promise<void> {
  if (await runtime.isWatched()) return;
  warn('The supervisor, which restarts crashed parts, is not running. Start it: npm run stack:up');
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
