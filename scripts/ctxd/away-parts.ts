import { parts, type PartName } from '../../compose/parts.ts';
import { portsFrom } from '../../compose/ports.ts';
import { answers, isHealthy } from '../../compose/runtime/health.ts';
import { readRecord, stateDirFrom } from '../../compose/runtime/state.ts';
import type { ConnectionOptions } from '../reach/connection.ts';
import type { Server } from '../../dashboards/source/http-client.ts';

/** The parts between a report and a notification. Grafana only draws. */
const chain: ReadonlySet<PartName> = new Set([
  'collector',
  'receiver',
  'victoriametrics',
  'vmalert',
  'alertmanager',
]);

/** The names of the parts of this machine's stack that are not healthy. */
export async function awayParts(env: NodeJS.ProcessEnv): Promise<string[]> {
  const stateDir = stateDirFrom(env);
  const record = await readRecord(stateDir);
  const ports = record?.ports ?? portsFrom(env);
  const watched = parts.filter(({ name }) => chain.has(name) && (record?.parts.includes(name) ?? true));
  const healthy = await Promise.all(watched.map((part) => isHealthy(part, { ports, stateDir })));
  return watched.flatMap(({ name }, index) => (healthy[index] ? [] : [name]));
}

/** The names of the servers on the command line that do not answer. */
export async function awayServers(
  options: ConnectionOptions,
  { receiver, alertmanager }: { readonly receiver: Server; readonly alertmanager: Server },
): Promise<string[]> {
  const watched = [
    ...(options.receiver === undefined ? [] : [{ name: 'receiver', server: receiver, path: '/healthz' }]),
    ...(options.alertmanager === undefined
      ? []
      : [{ name: 'alertmanager', server: alertmanager, path: '/-/ready' }]),
  ];
  const up = await Promise.all(
    watched.map(({ server, path }) => answers(`${server.url}${path}`, server.authorization)),
  );
  return watched.flatMap(({ name }, index) => (up[index] ? [] : [name]));
}
