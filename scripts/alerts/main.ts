import { connectionFrom } from '../reach/connection.ts';
import { UsageError } from '../ctxd/usage-error.ts';
import { dockerRuntime } from '../../compose/runtime/docker/docker.ts';
import { nativeRuntime } from '../../compose/runtime/native/native.ts';
import { exitCodes, messageOf, StackError } from '../../compose/runtime/stack-error.ts';
import { readRecord, stateDirFrom } from '../../compose/runtime/state.ts';
import { table } from '../../dashboards/text/table.ts';
import { type AlertsArguments, parseArguments, usage } from './arguments.ts';
import { notifyDesktop } from './desktop.ts';
import { listAlerts } from './list.ts';
import { endSilence, silence, silences } from './silence.ts';
import { sendTestAlert } from './test-alert.ts';

/** What the commands take from the process. */
export interface Surface {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Ends following. */
  readonly signal: AbortSignal;
}

/** Runs one of the alerts' commands and gives its exit status. */
export async function main(args: readonly string[], surface: Surface): Promise<number> {
  try {
    return await run(parseArguments(args), surface);
  } catch (error) {
    surface.printError(messageOf(error));
    if (error instanceof StackError) return error.exitCode;
    return error instanceof UsageError || error instanceof RangeError ? exitCodes.usage : exitCodes.failure;
  }
}

async function run(request: AlertsArguments, surface: Surface): Promise<number> {
  const { env, print } = surface;
  const connection = await connectionFrom({}, env);
  const { receiver, alertmanager } = connection;
  switch (request.command) {
    case 'help':
      print(usage);
      break;
    case 'list':
      await listAlerts(request, { ...surface, receiver, notify: notifyDesktop });
      break;
    case 'silence':
      print(await silence(connection, request));
      break;
    case 'silences':
      for (const line of await silences(alertmanager)) print(line);
      break;
    case 'unsilence':
      print(await endSilence(alertmanager, request.id));
      break;
    case 'test':
      print('Sending a test alert through every receiver …');
      return tellOutcome(await sendTestAlert({ alertmanager, logTail: () => logTail(env) }), print);
  }
  return exitCodes.ok;
}

function tellOutcome(outcomes: Awaited<ReturnType<typeof sendTestAlert>>, print: Surface['print']): number {
  const rows = outcomes.map(({ receiver, words }) => [receiver, words]);
  for (const line of ['', ...table([['RECEIVER', 'RESULT'], ...rows])]) print(line);
  return outcomes.every(({ isDelivered }) => isDelivered) ? exitCodes.ok : exitCodes.failure;
}

async function logTail(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const stateDir = stateDirFrom(env);
  const record = await readRecord(stateDir);
  if (record === undefined) return [];
  const stack = { stateDir, env, ports: record.ports, print: () => undefined, warn: () => undefined };
  const runtime = record.runtime === 'docker' ? dockerRuntime(stack) : nativeRuntime(stack);
  return await runtime.logTail('alertmanager', 200);
}
