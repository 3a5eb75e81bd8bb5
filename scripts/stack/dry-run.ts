import type { Part } from '../../compose/parts.ts';
import { portVariable } from '../../compose/ports.ts';
import { checkMachine } from '../../compose/runtime/machine.ts';
import { planUp } from './plan.ts';
import { isFree } from '../../compose/runtime/preflight.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import type { StackRecord } from '../../compose/runtime/state.ts';
import { table } from '../../dashboards/text/table.ts';
import type { UpOptions } from './run.ts';

/** Prints what a start would do and changes nothing. */
export async function dryRun(
  runtime: Runtime,
  stack: Stack,
  record: StackRecord | undefined,
  { without }: UpOptions,
) {
  await checkMachine(stack);
  const plan = await planUp(runtime, stack, record, without);
  const start = await Promise.all(plan.missing.map((part) => intention(part, runtime, stack)));
  const restart = [...plan.changed, ...plan.hung].map(({ name }) => name);
  stack.print(`Nothing was changed. A start in ${stack.stateDir} (${runtime.name}) would:`);
  const rows = start.map(({ name, version, port, portFree, atHand }) => [
    `start ${name}`,
    version,
    `port ${port}${portFree ? '' : ` is taken: ${portVariable(name)}=…`}`,
    atHand ? 'available' : 'to be fetched',
  ]);
  for (const line of table([...rows, ...restart.map((name) => [`restart ${name}`])]))
    stack.print(`  ${line}`);
  if (start.length + restart.length === 0) stack.print('  do nothing: everything runs');
  return { runtime: runtime.name, stateDir: stack.stateDir, start, restart };
}

async function intention(part: Part, runtime: Runtime, { ports }: Stack) {
  const { name, version } = part;
  const port = ports[name].main;
  return { name, version, port, portFree: await isFree(port), atHand: await runtime.has(part) };
}
