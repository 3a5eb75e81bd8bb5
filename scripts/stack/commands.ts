import type { Stack } from '../../compose/runtime/runtime.ts';
import { exitCodes } from '../../compose/system/stack-error.ts';
import { readOrMendRecord, type StackRecord, stateDirFrom } from '../../compose/runtime/state.ts';
import { ensureWatched } from '../../compose/runtime/native/watched.ts';
import { withVariables } from '../../compose/runtime/variables.ts';
import type { Surface } from '../reach/surface.ts';
import type { StackArguments } from './arguments.ts';
import { commandNamed, type CommandName } from './command-table.ts';
import { currentPorts } from './current-ports.ts';
import { ok, type Command, type Outcome } from './run.ts';

/** Each is loaded only when it runs, so that `status` starts fast while the stack is stopped. */
const commands: Readonly<Record<CommandName, Command>> = {
  up: async (run) => await (await import('./start-commands.ts')).runUp(run),
  upgrade: async (run) => await (await import('./start-commands.ts')).runUpgrade(run),
  down: ifStarted('down', { exitCode: exitCodes.ok, status: 'stopped' }),
  status: ifStarted('status', { exitCode: exitCodes.failure, status: 'stopped' }),
  logs: ifStarted('logs', { exitCode: exitCodes.failure, status: 'stopped' }),
  restart: ifStarted('restart', { exitCode: exitCodes.failure, status: 'stopped' }),
  open: ifStarted('open', { exitCode: exitCodes.failure, status: 'stopped' }),
  backup: async (run) => await (await import('./data-commands.ts')).runBackup(run),
  restore: async (run) => await (await import('./data-commands.ts')).runRestore(run),
  reset: async (run) => await (await import('./data-commands.ts')).reset(run),
};

/** Runs a command on the stack of the environment. */
export async function runStackCommand(
  request: StackArguments,
  surface: Omit<Stack, 'stateDir' | 'ports'> & Pick<Surface, 'confirm'>,
): Promise<Outcome> {
  const { command, timeoutMillis } = request;
  if (command === 'help') return ok;
  const stateDir = stateDirFrom(surface.env);
  if (reviving.has(command)) await ensureWatched({ ...surface, stateDir });
  const changes = !commandNamed(command).onlyReads && !request.dryRun;
  await using _lock = changes ? await lockFor(command, { ...surface, stateDir, timeoutMillis }) : undefined;
  const record = await recordOf({ ...surface, stateDir });
  const { variables } = record ?? {};
  const env =
    command === 'up' || variables === undefined ? surface.env : withVariables(surface.env, variables);
  const stack = { ...surface, stateDir, env, timeoutMillis, ports: currentPorts(env, record) };
  return await commands[command]({ request, stack, record, confirm: surface.confirm });
}

/** Keeps other commands from changing the stack until it is disposed of. */
async function lockFor(
  command: CommandName,
  { stateDir, timeoutMillis, print, signal }: Pick<Stack, 'stateDir' | 'timeoutMillis' | 'print' | 'signal'>,
): Promise<AsyncDisposable> {
  const { takeLock } = await import('../../compose/system/lock.ts');
  return await takeLock({
    folder: stateDir,
    command: `stack:${command}`,
    waitMillis: timeoutMillis ?? 0,
    print,
    signal,
  });
}

/** What was started last; if that cannot be read, what was started nevertheless. */
async function recordOf(stack: Omit<Stack, 'ports'>): Promise<StackRecord | undefined> {
  const rebuild = async () => await (await import('./chosen-runtime.ts')).recordOfStarted(stack);
  return await readOrMendRecord(stack.stateDir, rebuild);
}

/** The commands that leave the supervisor to `ensureWatched`; the others start or stop it themselves. */
const reviving: ReadonlySet<CommandName> = new Set(['logs', 'open', 'backup']);

/** A command that needs a stack; without one it says so and returns `otherwise`. */
function ifStarted(name: 'down' | 'status' | 'logs' | 'restart' | 'open', otherwise: Outcome): Command {
  return async (run) => {
    const { record, stack, request } = run;
    if (record === undefined) {
      stack.print('The stack is not running. Start it: npm run stack:up');
      return otherwise;
    }
    const { expectSameRuntime, runtimeNamed } = await import('./chosen-runtime.ts');
    const commands = await import('./started-commands.ts');
    expectSameRuntime(request, record);
    return await commands[name]({ ...run, record }, runtimeNamed(record.runtime, stack));
  };
}
