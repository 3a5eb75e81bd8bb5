import { dockerProblem } from '../../compose/runtime/docker/docker-problem.ts';
import { dockerRuntime } from '../../compose/runtime/docker/docker.ts';
import { nativeRuntime } from '../../compose/runtime/native/native.ts';
import { adoptLeftovers } from '../../compose/runtime/native/part-process.ts';
import { rebuiltRecord } from '../../compose/runtime/native/rebuilt-record.ts';
import { supervised } from '../../compose/runtime/native/supervised.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { exitCodes, StackError, UsageError } from '../../compose/system/stack-error.ts';
import type { RuntimeName, StackRecord } from '../../compose/runtime/state.ts';
import type { StackArguments } from './arguments.ts';
import { chosenPorts } from './current-ports.ts';
import type { Run } from './run.ts';

/** A record of the parts that were started, for when the record on disk and its copy are damaged. Undefined when none were. */
export async function recordOfStarted(stack: Omit<Stack, 'ports'>): Promise<StackRecord | undefined> {
  const ports = chosenPorts(stack.env);
  await adoptLeftovers({ ...stack, ports });
  const native = await rebuiltRecord(stack);
  if (native !== undefined) return native;
  const docker = dockerRuntime({ ...stack, ports });
  const started = new Set([...(await docker.running()), ...(await docker.crashed()).keys()]);
  return started.size === 0 ? undefined : { runtime: 'docker', parts: [...started], ports };
}

/** The record, if any part of the stack runs. */
export async function runningRecord(
  stack: Stack,
  record: StackRecord | undefined,
): Promise<StackRecord | undefined> {
  if (record === undefined) return undefined;
  const runtime = runtimeNamed(record.runtime, stack);
  await runtime.recover();
  return (await runtime.running()).size > 0 ? record : undefined;
}

/** The runtime of a running stack; nothing when none runs. */
export async function liveRuntime({ stack, record }: Run): Promise<Runtime | undefined> {
  const running = await runningRecord(stack, record);
  return running && runtimeNamed(running.runtime, stack);
}

/**
 * The runtime for a new stack: the requested one, otherwise Docker if it works.
 *
 * @throws StackError when Docker was requested and does not work
 */
export async function chooseRuntime(
  requested: RuntimeName | undefined,
  { env, print }: Stack,
): Promise<RuntimeName> {
  if (requested === 'native') return 'native';
  const problem = await dockerProblem(env);
  if (problem === undefined) return 'docker';
  if (requested === undefined) {
    print(`${problem.reason}; running the parts as processes of this machine.`);
    return 'native';
  }
  throw new StackError(`${problem.reason}.`, {
    remedy: `${problem.remedy}\nOr run it without Docker: npm run stack:up -- --runtime native`,
    exitCode: exitCodes.noRuntime,
  });
}

/** The runtime of that name. */
export function runtimeNamed(name: RuntimeName, stack: Stack): Runtime {
  return supervised(name === 'docker' ? dockerRuntime(stack) : nativeRuntime(stack), stack);
}

/**
 * Refuses to mix runtimes.
 *
 * @throws UsageError when `--runtime` differs from the runtime of the stack
 */
export function expectSameRuntime({ runtime }: StackArguments, record: StackRecord): void {
  if (runtime === undefined || runtime === record.runtime) return;
  throw new UsageError(`The stack was started with --runtime ${record.runtime}.`, {
    remedy: 'Stop it first: npm run stack:down',
  });
}
