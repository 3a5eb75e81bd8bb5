import { forEachPart, type PartName } from './parts.ts';

/** The ports of one part on this machine; `health` is the same as `main` unless the part has a port of its own for it. */
export interface PartPorts {
  readonly main: number;
  readonly health: number;
}

/** The ports of all parts. */
export type Ports = Readonly<Record<PartName, PartPorts>>;

/** The environment variable that overrides a part's port, e.g. `CTXD_GRAFANA_PORT` or `CTXD_COLLECTOR_HEALTH_PORT`. */
export function portVariable(name: PartName, role: keyof PartPorts = 'main'): string {
  return `CTXD_${name.toUpperCase()}_${role === 'health' ? 'HEALTH_' : ''}PORT`;
}

/**
 * The ports to use: each part's own unless the environment overrides it.
 *
 * @throws RangeError when a variable holds something else than a port number.
 */
export function portsFrom(env: Readonly<Record<string, string | undefined>>): Ports {
  const port = (variable: string, fallback: number) => portNumber(variable, env[variable], fallback);
  return forEachPart(({ name, port: usual, healthPort }) => {
    const main = port(portVariable(name), usual);
    return { main, health: healthPort === undefined ? main : port(portVariable(name, 'health'), healthPort) };
  });
}

function portNumber(variable: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  throw new RangeError(`Expected ${variable} to be a port number from 1 to 65535, got \`${text}\``);
}
