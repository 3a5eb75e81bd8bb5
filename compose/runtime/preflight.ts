import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { forEachPart, type Part, type PartName } from '../parts.ts';
import { type Ports, portVariable } from '../ports.ts';
import { portHolder } from './port-holder.ts';
import { exitCodes, StackError } from '../system/stack-error.ts';

interface TakenPort {
  readonly name: PartName;
  readonly role: 'main' | 'health';
  readonly port: number;
}

/**
 * Checks that all ports are free.
 *
 * @throws StackError that names each port in use, its part, the program that uses it, and the variable that changes it.
 */
export async function checkPortsFree(
  parts: readonly Part[],
  ports: Ports,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const taken = await takenPorts(parts, ports);
  if (taken.length === 0) return;
  const words = taken.map(async ({ name, role, port }) => {
    const holder = (await portHolder(port, env)) ?? 'another program';
    return `Port ${port} (${name}${role === 'health' ? ' health' : ''}) on 127.0.0.1 is taken by ${holder}`;
  });
  const variables = taken.map(({ name, role }) => `${portVariable(name, role)}=…`);
  throw new StackError(`${(await Promise.all(words)).join('. ')}; nothing was started.`, {
    remedy: `Stop that program, choose another port with ${variables.join(' ')}, or use free ones: npm run stack:up -- --ports auto`,
    exitCode: exitCodes.portTaken,
  });
}

/** The same ports, with a free one in place of each port in use. */
export async function movedPorts(parts: readonly Part[], ports: Ports): Promise<Ports> {
  const taken = await takenPorts(parts, ports);
  const free = await freePorts(taken.length);
  const moved = new Map(taken.map(({ port }, index) => [port, free[index] ?? port]));
  return forEachPart(({ name }) => {
    const { main, health, ...rest } = ports[name];
    return { main: moved.get(main) ?? main, health: moved.get(health) ?? health, ...rest };
  });
}

async function takenPorts(parts: readonly Part[], ports: Ports): Promise<TakenPort[]> {
  const taken: TakenPort[] = [];
  for (const { name, healthPort } of parts) {
    for (const role of healthPort === undefined ? (['main'] as const) : (['main', 'health'] as const)) {
      const port = ports[name][role];
      const host = role === 'main' ? ports[name].host : undefined;
      if (!(await isFree(port, host))) taken.push({ name, role, port });
    }
  }
  return taken;
}

/** Whether this machine can listen on a port of 127.0.0.1, or of another of its addresses. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Different ports of 127.0.0.1 that are free right now, from 20000 to 32767: outgoing connections, which use higher ports,
 * cannot take one before it is used. No other caller gets them until this process ends.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_768);
    if ((await isFree(port)) && (await reserve(port))) ports.add(port);
  }
  return [...ports];
}

/** Reserves a port by its UDP twin, which the parts leave alone and the system frees when this process ends. */
function reserve(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref();
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}
