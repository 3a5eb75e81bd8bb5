import { thresholdsFrom } from '#thresholds';
import { isPackage } from '../../compose/system/folders.ts';
import { monitorModel, type MonitorModel } from '../../dashboards/terminal/monitor-model.ts';
import { liveTable } from '../../dashboards/terminal/session-tables.ts';
import { connectionFrom, monitorSource } from '../reach/connection.ts';
import type { Surface } from '../reach/surface.ts';

/** How commands are typed. */
const ctxd = isPackage ? 'npx ctxd' : 'ctxd';

/** `ctxd` without arguments: the live sessions, and three commands that make sense now. */
export async function firstLook({ env, print, stdout }: Surface): Promise<void> {
  const model = await liveModel(env);
  print(model === undefined ? 'The stack does not run here.' : liveTable(model, stdout.columns));
  for (const line of ['', 'Next:', ...nextSteps(model), '', `All commands: ${ctxd} --help`]) print(line);
}

async function liveModel(env: NodeJS.ProcessEnv): Promise<MonitorModel | undefined> {
  try {
    const source = await monitorSource(await connectionFrom({}, env));
    return monitorModel(await source.snapshot(), thresholdsFrom(env));
  } catch {
    return undefined;
  }
}

/** Three commands with their meanings: for a stack that is down, one without sessions, and one with sessions. */
export function nextSteps(model: Pick<MonitorModel, 'sessions' | 'waiting'> | undefined): string[] {
  const count = model === undefined ? 0 : model.sessions.length + model.waiting.length;
  const steps =
    model === undefined
      ? {
          up: 'starts the stack',
          connect: 'makes Claude Code report to it',
          'demo --monitor': 'plays sessions',
        }
      : count === 0
        ? {
            connect: 'makes Claude Code report',
            doctor: 'finds out why a session is missing',
            demo: 'plays sessions',
          }
        : { monitor: 'all sessions live', 'sessions --all': 'past ones, too', alerts: 'the newest alerts' };
  return Object.entries(steps).map(([command, meaning]) => `  ${ctxd} ${command.padEnd(16)}${meaning}`);
}
