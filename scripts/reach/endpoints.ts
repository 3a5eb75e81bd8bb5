import { wantsToken } from '../../compose/collector-access.ts';
import { portsFrom } from '../../compose/ports.ts';
import { urlOf } from '../../compose/runtime/health.ts';
import { readRecord, sharedPath, stateDirFrom } from '../../compose/runtime/state.ts';

/** The URLs, on this machine, of the parts that reports from Claude Code pass through. */
export interface Endpoints {
  readonly receiverUrl: string;
  readonly collectorUrl: string;
  /** File with the collector's token, if it requires one. */
  readonly collectorTokenFile: string | undefined;
  readonly victoriaMetricsUrl: string;
  /** Absent when the stack runs without Grafana. */
  readonly grafanaUrl: string | undefined;
}

/**
 * The endpoints of the running stack; otherwise those that it would use.
 *
 * @throws RangeError when a variable is not a port number
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
