import { isIPv4 } from 'node:net';
import { forEachPart, type PartName } from './parts.ts';

/** The ports of one part on this machine; `health` equals `main` unless the part has a separate health port. */
interface PartPorts {
  readonly main: number;
  readonly health: number;
  /** Address at which this machine reaches it. Default: 127.0.0.1. */
  readonly host?: string;
}

/** The ports of all parts. */
export type Ports = Readonly<Record<PartName, PartPorts>>;

/** The environment variable that overrides a part's port, e.g. `CTXD_GRAFANA_PORT` or `CTXD_COLLECTOR_HEALTH_PORT`. */
export function portVariable(name: PartName, role: 'main' | 'health' = 'main'): string {
  return `CTXD_${name.toUpperCase()}_${role === 'health' ? 'HEALTH_' : ''}PORT`;
}

/**
 * The ports to use: each part's default unless the environment overrides it.
 *
 * @throws RangeError when a variable is not a port number, or `CTXD_BIND` not an IPv4 address.
 */
export function portsFrom(env: Readonly<Record<string, string | undefined>>): Ports {
  const port = (variable: string, fallback: number) => portNumber(variable, env[variable], fallback);
  const bind = bindAddress(env);
  return forEachPart(({ name, port: usual, healthPort, opens }) => {
    const main = port(portVariable(name), usual);
    const health = healthPort === undefined ? main : port(portVariable(name, 'health'), healthPort);
    return { main, health, ...(opens && !reachedLocally.has(bind) && { host: bind }) };
  });
}

/** Listen addresses that include 127.0.0.1. */
const reachedLocally = new Set(['127.0.0.1', '0.0.0.0']);

/**
 * The address on which the parts that authenticate every request listen: `CTXD_BIND`, else 127.0.0.1.
 *
 * @throws RangeError when `CTXD_BIND` is not an IPv4 address.
 */
export function bindAddress({ CTXD_BIND: bind }: Readonly<Record<string, string | undefined>>): string {
  if (!bind) return '127.0.0.1';
  if (isIPv4(bind)) return bind;
  throw new RangeError(`Expected CTXD_BIND to be an IPv4 address of this machine, got \`${bind}\``);
}

function portNumber(variable: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  throw new RangeError(`Expected ${variable} to be a port number from 1 to 65535, got \`${text}\``);
}
