import { wantsToken } from '../../compose/collector-access.ts';
import { portsFrom } from '../../compose/ports.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { readRecord, sharedPath, stateDirFrom } from '../../compose/runtime/state.ts';

/** Where the parts that Claude Code's reports pass through are reached from this machine. */
export interface Endpoints {
  readonly receiverUrl: string;
  readonly collectorUrl: string;
  /** File with the token that the collector wants, if it wants one. */
  readonly collectorTokenFile: string | undefined;
  readonly victoriaMetricsUrl: string;
  /** Grafana's address, unless the stack runs without it. */
  readonly grafanaUrl: string | undefined;
}

/**
 * The endpoints of the stack that runs, else those that it would have.
 *
 * @throws RangeError when a variable holds something else than a port number.
 */
export async function endpointsFrom(env: NodeJS.ProcessEnv): Promise<Endpoints> {
  const stateDir = stateDirFrom(env);
  const record = await readRecord(stateDir);
  const ports = { ...portsFrom(env), ...record?.ports };
  return {
    receiverUrl: urlOf('receiver', ports),
    collectorUrl: urlOf('collector', ports),
    collectorTokenFile: wantsToken(record?.variables ?? env)
      ? sharedPath(stateDir, 'collectorToken')
      : undefined,
    victoriaMetricsUrl: urlOf('victoriametrics', ports),
    grafanaUrl: (record?.parts.includes('grafana') ?? true) ? urlOf('grafana', ports) : undefined,
  };
}
