import { parts } from '../../compose/parts.ts';
import { type Ports, portsFrom } from '../../compose/ports.ts';
import { parseArguments, type StackArguments, usage } from './arguments.ts';
import { dockerProblem, dockerRuntime } from './docker.ts';
import { nativeRuntime } from './native.ts';
import type { Runtime, Stack } from './runtime.ts';
import { exitCodes, messageOf, StackError } from './stack-error.ts';
import { readRecord, removeRecord, type RuntimeName, type StackRecord, stateDirFrom } from './state.ts';
import { overallState, partStates, stackStates, statusTable } from './status.ts';
import { up } from './up.ts';

/** What the commands take from the process. */
export interface Surface {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** Runs one stack command and gives its exit status. */
export async function main(args: readonly string[], { env, print, printError }: Surface): Promise<number> {
  try {
    const request = parseArguments(args);
    if (request.command === 'help') {
      print(usage);
      return exitCodes.ok;
    }
    return await run(request, env, print);
  } catch (error) {
    // Anything else is a mistake of ours, which wants its stack trace.
    if (!(error instanceof StackError) && !isSystemError(error)) throw error;
    printError(error.message);
    return error instanceof StackError ? error.exitCode : exitCodes.failure;
  }
}

async function run(
  { command, runtime: forced }: StackArguments,
  env: NodeJS.ProcessEnv,
  print: Stack['print'],
) {
  const stateDir = stateDirFrom(env);
  const record = await readRecord(stateDir);
  const stack = { stateDir, ports: record?.ports ?? chosenPorts(env), env, print };
  if (command === 'up') return await runUp(stack, forced, record);
  if (record === undefined) {
    print('The stack is not running. Start it with npm run stack:up');
    return command === 'down' ? exitCodes.ok : stackStates.stopped;
  }
  if (forced !== undefined && forced !== record.runtime) throw otherRuntime(record.runtime);
  const runtime = runtimeNamed(record.runtime, stack);
  return await (command === 'down' ? down(runtime, stack) : status(runtime, stack, record));
}

async function runUp(
  stack: Stack,
  forced: RuntimeName | undefined,
  record: StackRecord | undefined,
): Promise<number> {
  const running =
    record && (await runtimeNamed(record.runtime, stack).running()).size > 0 ? record : undefined;
  if (running !== undefined && forced !== undefined && forced !== running.runtime)
    throw otherRuntime(running.runtime);
  const name = running?.runtime ?? (await chooseRuntime(forced, stack));
  const current = running === undefined ? { ...stack, ports: chosenPorts(stack.env) } : stack;
  await up(runtimeNamed(name, current), current, running);
  return exitCodes.ok;
}

async function chooseRuntime(forced: RuntimeName | undefined, { env, print }: Stack): Promise<RuntimeName> {
  if (forced === 'native') return 'native';
  const problem = await dockerProblem(env);
  if (problem === undefined) return 'docker';
  if (forced === undefined) {
    print(`${problem}; running the parts as processes of this machine.`);
    return 'native';
  }
  throw new StackError(`${problem}.`, {
    remedy: 'Start Docker, or run it without: npm run stack:up -- --runtime native',
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

async function down(runtime: Runtime, { stateDir, print }: Stack): Promise<number> {
  await runtime.stop(parts);
  await removeRecord(stateDir);
  print(`The stack is stopped. Its data stays in ${stateDir}`);
  return exitCodes.ok;
}

async function status(runtime: Runtime, stack: Stack, record: StackRecord): Promise<number> {
  const states = await partStates(runtime, stack, record);
  const overall = overallState(states);
  stack.print(`The stack is ${overall} (${runtime.name}).`);
  for (const line of ['', ...statusTable(states, stack)]) stack.print(line);
  return stackStates[overall];
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

function runtimeNamed(name: RuntimeName, stack: Stack): Runtime {
  return name === 'docker' ? dockerRuntime(stack) : nativeRuntime(stack);
}

function otherRuntime(name: RuntimeName): StackError {
  return new StackError(`The stack was started with --runtime ${name}.`, {
    remedy: 'Stop it first: npm run stack:down',
    exitCode: exitCodes.usage,
  });
}
