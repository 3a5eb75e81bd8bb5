import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Part } from '../../compose/parts.ts';
import { type Ports, portVariable } from '../../compose/ports.ts';
import { exitCodes, StackError } from './stack-error.ts';

/** Throws one error that names every taken port, its part and the variable that changes it. */
export async function checkPortsFree(parts: readonly Part[], ports: Ports): Promise<void> {
  const taken: string[] = [];
  const variables: string[] = [];
  for (const { name, healthPort } of parts) {
    for (const role of healthPort === undefined ? (['main'] as const) : (['main', 'health'] as const)) {
      const port = ports[name][role];
      if (await isFree(port)) continue;
      taken.push(`${port} (${name}${role === 'health' ? ' health' : ''})`);
      variables.push(portVariable(name, role));
    }
  }
  if (taken.length === 0) return;
  throw new StackError(
    `Port ${taken.join(', ')} on 127.0.0.1 is taken by another program; nothing was started.`,
    {
      remedy: `Stop that program, or choose another port with ${variables.map((name) => `${name}=…`).join(' ')}`,
      exitCode: exitCodes.portTaken,
    },
  );
}

/** Whether a port of 127.0.0.1 can be listened on. */
export function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Ports of 127.0.0.1 that nobody listens on just now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const addresses = servers.map((server) => server.address());
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return addresses.map((address) => (typeof address === 'object' && address !== null ? address.port : 0));
}
