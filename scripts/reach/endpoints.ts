import { wantsToken } from '../../compose/collector-access.ts';
import { remoteUrl } from '../../compose/destinations.ts';
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
  /** Set when no metrics are stored on this machine, but only on another. */
  readonly isStoreElsewhere?: boolean;
  /** URL of the stack on another machine that gets a copy of all metrics; absent when there is none. */
  readonly remoteUrl?: string;
  /** Absent when the stack runs without Grafana. */
  readonly grafanaUrl: string | undefined;
  /** The settings that the stack was started with. Default: none. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
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
  const settings = record?.variables ?? env;
  const remote = remoteUrl(settings);
  return {
    receiverUrl: urlOf('receiver', ports),
    collectorUrl: urlOf('collector', ports),
    collectorTokenFile: wantsToken(settings) ? sharedPath(stateDir, 'collectorToken') : undefined,
    victoriaMetricsUrl: urlOf('victoriametrics', ports),
    ...(record && !record.parts.includes('victoriametrics') && { isStoreElsewhere: true }),
    ...(remote !== undefined && { remoteUrl: remote }),
    settings,
    grafanaUrl: (record?.parts.includes('grafana') ?? true) ? urlOf('grafana', ports) : undefined,
  };
}
