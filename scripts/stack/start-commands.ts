import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parts as allParts } from '../../compose/parts.ts';
import type { Ports } from '../../compose/ports.ts';
import { startsAtLogin } from '../autostart/service.ts';
import { type BrowserOptions, openBrowser } from './browser.ts';
import { chooseRuntime, expectSameRuntime, runningRecord, runtimeNamed } from './chosen-runtime.ts';
import { chosenPorts } from './current-ports.ts';
import { dryRun } from './dry-run.ts';
import { movedPorts } from '../../compose/runtime/preflight.ts';
import { warnOfDamage, warnOfProblems } from './problems.ts';
import { checkRemote, sendingEnvironment, withoutStore } from './remote-check.ts';
import { closingLines, endpointsOf } from './report.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { StackError } from '../../compose/system/stack-error.ts';
import type { StackRecord } from '../../compose/runtime/state.ts';
import { ok, type Outcome, type Run, type Started } from './run.ts';
import { up } from './up.ts';

/** `stack:up`. */
export async function runUp({ request: given, stack: chosen, record }: Run): Promise<Outcome> {
  const stack = { ...chosen, env: sendingEnvironment(given, chosen.env) };
  const running = await runningRecord(stack, record);
  const request = { ...given, without: withoutStore(given.without, stack.env, running?.parts) };
  if (running) expectSameRuntime(request, running);
  const name = running?.runtime ?? (await chooseRuntime(request.runtime, stack));
  const fresh = running === undefined ? { ...stack, ports: chosenPorts(stack.env) } : stack;
  const first = runtimeNamed(name, fresh);
  if (request.dryRun) return { ...ok, data: await dryRun(first, fresh, running, request) };
  if (running === undefined) await first.recover();
  const current = request.autoPorts ? { ...fresh, ports: await freedPorts(first, fresh) } : fresh;
  const runtime = runtimeNamed(name, current);
  await checkRemote(current);
  const isFirst = !existsSync(join(stack.stateDir, 'secrets'));
  const result = await up(runtime, current, running, request);
  report(result, current);
  if (isFirst && !startsAtLogin(stack.env))
    stack.print('\nAfter a reboot, too? npm run ctxd -- autostart on');
  // A part that just started is not reached by the first attempts.
  await (result.started.length > 0 ? warnOfDamage(current) : warnOfProblems(current));
  if (request.open) await tryBrowser(current, result.record, request);
  return { ...ok, status: 'healthy', data: describe(result, current) };
}

/** The same ports, with free ones in place of those that other programs use. */
async function freedPorts(runtime: Runtime, { ports, print }: Stack): Promise<Ports> {
  const running = await runtime.running();
  const missing = allParts.filter(({ name }) => !running.has(name));
  const moved = await movedPorts(missing, ports);
  for (const { name } of missing) {
    if (moved[name].main === ports[name].main) continue;
    print(`Port ${ports[name].main} is taken, so ${name} uses ${moved[name].main}`);
  }
  return moved;
}

function report(started: Started, stack: Stack): void {
  const { runtime } = started.record;
  stack.print(
    started.started.length === 0
      ? `The stack is already running (${runtime}).`
      : `The stack is up after ${started.seconds.toFixed(1)} s (${runtime}).`,
  );
  for (const line of closingLines(stack, started)) stack.print(line);
}

function describe({ record, leftOut, started, seconds, states }: Started, stack: Stack) {
  return {
    runtime: record.runtime,
    seconds,
    started,
    leftOut: leftOut.map(({ part, reason }) => ({ part: part.name, reason })),
    parts: Object.fromEntries([...states].map(([part, state]) => [part.name, state])),
    ...endpointsOf(stack, record),
  };
}

// The stack is up even if no browser opens.
async function tryBrowser(stack: Stack, record: StackRecord, options: BrowserOptions): Promise<void> {
  const { warn } = stack;
  try {
    await openBrowser(stack, record, options);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    warn(error.message.replace('\n', ' '));
  }
}

/** `stack:upgrade`. */
export async function runUpgrade(run: Run): Promise<Outcome> {
  const { stack, request } = run;
  const running = await runningRecord(stack, run.record);
  const name = running?.runtime ?? (await chooseRuntime(request.runtime, stack));
  const runtime = runtimeNamed(name, stack);
  const before = running?.versions ?? {};
  if (running === undefined) {
    await runtime.prepare(allParts, true);
    stack.print('Everything is fetched. The stack is not running. Start it: npm run stack:up');
    return { ...ok, status: 'stopped' };
  }
  const without = allParts.map((part) => part.name).filter((part) => !running.parts.includes(part));
  const started = await up(runtime, stack, running, { ...request, without, pull: true });
  const changes = allParts
    .filter((part) => started.started.includes(part.name))
    .map(({ name, version }) =>
      before[name] === version ? name : `${name} ${before[name] ?? '?'} → ${version}`,
    );
  stack.print(changes.length === 0 ? 'Everything is up to date.' : `Restarted ${changes.join(', ')}`);
  return { ...ok, data: { restarted: started.started } };
}
