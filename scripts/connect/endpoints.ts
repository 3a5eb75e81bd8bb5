import { portsFrom } from '../../compose/ports.ts';
import { healthUrlOf, urlOf } from '../stack/health.ts';
import { partNamed } from '../../compose/parts.ts';
import { readRecord, stateDirFrom } from '../stack/state.ts';

/** Where the parts that Claude Code's reports pass through are reached from this machine. */
export interface Endpoints {
  readonly receiverUrl: string;
  readonly collectorUrl: string;
  readonly collectorHealthUrl: string;
  readonly victoriaMetricsUrl: string;
}

/**
 * The endpoints of the stack that runs, else those that it would have.
 *
 * @throws RangeError when a variable holds something else than a port number.
 */
export async function endpointsFrom(env: NodeJS.ProcessEnv): Promise<Endpoints> {
  const ports = { ...portsFrom(env), ...(await readRecord(stateDirFrom(env)))?.ports };
  return {
    receiverUrl: urlOf({ name: 'receiver' }, ports),
    collectorUrl: urlOf({ name: 'collector' }, ports),
    collectorHealthUrl: healthUrlOf(partNamed('collector'), ports),
    victoriaMetricsUrl: urlOf({ name: 'victoriametrics' }, ports),
  };
}
