import { partNamed } from '../parts.ts';
import { isHealthy } from './health.ts';
import { readRecord, stateDirFrom } from './state.ts';

/** The warning when vmalert, which evaluates the alert rules, is down. */
export const noAlertCanFire =
  'vmalert, which evaluates the alert rules, is not answering: no alert can fire. See npm run stack:status';

/** Whether the stack on this machine was started with vmalert and vmalert does not answer. */
export async function isRuleEvaluationDown(env: NodeJS.ProcessEnv): Promise<boolean> {
  const stateDir = stateDirFrom(env);
  const record = await readRecord(stateDir);
  if (!record?.parts.includes('vmalert')) return false;
  return !(await isHealthy(partNamed('vmalert'), { ports: record.ports, stateDir }));
}
