import { dockerRuntime } from '../../compose/runtime/docker/docker.ts';
import { nativeRuntime } from '../../compose/runtime/native/native.ts';
import { exitCodes } from '../../compose/system/stack-error.ts';
import { noAlertCanFire } from '../../compose/runtime/rule-evaluation.ts';
import { readRecord, stateDirFrom } from '../../compose/runtime/state.ts';
import { areSilencesWritten } from '../../compose/runtime/silences-file.ts';
import { table } from '../../dashboards/text/table.ts';
import { connectionFrom } from '../reach/connection.ts';
import type { Surface } from '../reach/surface.ts';
import { parseArguments, usage } from './arguments.ts';
import { notifyDesktop } from './desktop.ts';
import { listAlerts } from './list.ts';
import { endSilence, silence, silences } from './silence.ts';
import { type Delivered, sendTestAlert } from './test-alert.ts';

/** Runs `ctxd alerts` and returns its exit status. */
export async function alertsCommand(
  args: readonly string[],
  surface: Pick<Surface, 'env' | 'print' | 'printError' | 'signal'>,
): Promise<number> {
  const request = parseArguments(args);
  const { env, print, printError, signal } = surface;
  if (request.command === 'help') {
    print(usage);
    return exitCodes.ok;
  }
  const connection = await connectionFrom({}, env);
  const { receiver, alertmanager } = connection;
  switch (request.command) {
    case 'list':
      await listAlerts(request, { ...surface, receiver, notify: notifyDesktop });
      break;
    case 'silence':
      print(await silence(connection, request));
      await warnUnlessWritten(surface);
      break;
    case 'silences':
      for (const line of await silences(alertmanager)) print(line);
      break;
    case 'unsilence':
      print(await endSilence(alertmanager, request.id));
      break;
    case 'test':
      if (await connection.areRulesDown()) printError(noAlertCanFire);
      print('Sending a test alert through every receiver …');
      return printOutcome(await sendTestAlert({ alertmanager, logTail: () => logTail(env), signal }), print);
  }
  return exitCodes.ok;
}

async function warnUnlessWritten({
  env,
  printError,
  signal,
}: Pick<Surface, 'env' | 'printError' | 'signal'>): Promise<void> {
  const stateDir = stateDirFrom(env);
  const isHere = (await readRecord(stateDir)) !== undefined;
  if (!isHere || (await areSilencesWritten(stateDir, Date.now(), signal))) return;
  printError('Alertmanager has not written the silence to disk yet: if it crashes now, the silence is lost.');
}

function printOutcome(outcomes: readonly Delivered[], print: Surface['print']): number {
  const rows = outcomes.map(({ receiver, words }) => [receiver, words]);
  for (const line of ['', ...table([['RECEIVER', 'RESULT'], ...rows])]) print(line);
  return outcomes.every(({ isDelivered }) => isDelivered) ? exitCodes.ok : exitCodes.failure;
}

async function logTail(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const stateDir = stateDirFrom(env);
  const record = await readRecord(stateDir);
  if (record === undefined) return [];
  const quiet = () => undefined;
  const stack = { stateDir, env, ports: record.ports, print: quiet, warn: quiet };
  const runtime = record.runtime === 'docker' ? dockerRuntime(stack) : nativeRuntime(stack);
  return await runtime.logTail('alertmanager', 200);
}
