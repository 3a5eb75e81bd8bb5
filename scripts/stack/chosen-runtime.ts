import { forEachPart } from '../../compose/parts.ts';
import { type Ports, portsFrom } from '../../compose/ports.ts';
import type { StackArguments } from './arguments.ts';
import { dockerProblem } from '../../compose/runtime/docker/docker-problem.ts';
import { dockerRuntime } from '../../compose/runtime/docker/docker.ts';
import type { Surface } from './main.ts';
import { nativeRuntime } from '../../compose/runtime/native/native.ts';
import type { Runtime, Stack } from '../../compose/runtime/runtime.ts';
import { exitCodes, messageOf, StackError } from '../../compose/runtime/stack-error.ts';
import { hasRecord, readRecord, type RuntimeName, type StackRecord } from '../../compose/runtime/state.ts';

/** How a command ended. */
export interface Outcome {
  readonly exitCode: number;
  /** One word; default `ok`. */
  readonly status?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What a command has at hand. */
export interface Run {
  readonly request: StackArguments;
  readonly stack: Stack;
  readonly record: StackRecord | undefined;
  readonly confirm: Surface['confirm'];
}

/** What carries a command out. */
export type Command = (run: Run) => Promise<Outcome>;

/** All went well, and there is nothing more to say. */
export const ok: Outcome = { exitCode: exitCodes.ok };

/** What was started last; when that cannot be read any more, what runs nevertheless. */
export async function recordOf(stack: Omit<Stack, 'ports'>): Promise<StackRecord | undefined> {
  const { stateDir, env } = stack;
  const record = await readRecord(stateDir);
  if (record !== undefined || !(await hasRecord(stateDir))) return record;
  const ports = chosenPorts(env);
  for (const name of ['native', 'docker'] as const) {
    const parts = [...(await runtimeNamed(name, { ...stack, ports }).running())];
    if (parts.length > 0) return { runtime: name, parts, ports };
  }
  return undefined;
}

/** The record of a stack that runs, at least in part. */
export async function runningRecord(
  stack: Stack,
  record: StackRecord | undefined,
): Promise<StackRecord | undefined> {
  if (record === undefined) return undefined;
  const runtime = runtimeNamed(record.runtime, stack);
  await runtime.recover();
  return (await runtime.running()).size > 0 ? record : undefined;
}

/** The runtime of a stack that runs; nothing when none does. */
export async function liveRuntime({ stack, record }: Run): Promise<Runtime | undefined> {
  const running = await runningRecord(stack, record);
  return running && runtimeNamed(running.runtime, stack);
}

/** The runtime to start with: the one asked for, else Docker where it can be used. Throws when the one asked for cannot. */
export async function chooseRuntime(
  forced: RuntimeName | undefined,
  { env, print }: Stack,
): Promise<RuntimeName> {
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

/** The ports that the stack was started on; the environment tells those of parts that it did not have yet. */
export function currentPorts(env: NodeJS.ProcessEnv, record: StackRecord | undefined): Ports {
  const chosen = chosenPorts(env);
  const started: Partial<Ports> = record?.ports ?? {};
  return forEachPart(({ name }) => {
    const { main, health } = started[name] ?? chosen[name];
    return { ...chosen[name], main, health };
  });
}

/** The ports that the environment asks for. Throws when it asks for something else. */
export function chosenPorts(env: NodeJS.ProcessEnv): Ports {
  try {
    return portsFrom(env);
  } catch (error) {
    throw new StackError(messageOf(error), { exitCode: exitCodes.usage, cause: error });
  }
}

/** A runtime by its name. */
export function runtimeNamed(name: RuntimeName, stack: Stack): Runtime {
  return name === 'docker' ? dockerRuntime(stack) : nativeRuntime(stack);
}

/** Throws when another runtime is asked for than the one that the stack runs in. */
export function expectSameRuntime({ runtime }: StackArguments, record: StackRecord): void {
  if (runtime === undefined || runtime === record.runtime) return;
  throw new StackError(`The stack was started with --runtime ${record.runtime}.`, {
    remedy: 'Stop it first: npm run stack:down',
    exitCode: exitCodes.usage,
  });
}
