import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { PartName } from '../../../compose/parts.ts';
import { portsFrom } from '../../../compose/ports.ts';
import { waitUntil } from '../../../compose/runtime/health.ts';
import { isRunning } from '../../../compose/runtime/native/part-process.ts';
import { runCommand } from '../../../compose/system/command.ts';
import { takeLock } from '../../../compose/system/lock.ts';
import type { StackCommands } from '../../stack-commands.ts';
import type { Fault, Relief } from '../fault.ts';
import { storeLoss } from './processes.ts';

/** The store is away for 5 minutes: stopped, and nothing restarts it. */
export const storeAway: Fault = {
  name: 'VictoriaMetrics is away for 5 minutes',
  strike: async ({ stack }) => await keepAway('victoriametrics', stack),
  lastsSeconds: 300,
  blinds: true,
  allows: [storeLoss],
};

/** Something else answers in place of the store, with errors only. */
export const storeRefuses: Fault = {
  name: 'VictoriaMetrics answers 503 for a minute',
  strike: async ({ stack }) => {
    const letBack = await keepAway('victoriametrics', stack);
    const server = await occupy('victoriametrics', stack, (_, response) => response.writeHead(503).end());
    return async () => {
      await close(server);
      await letBack();
    };
  },
  lastsSeconds: 60,
  blinds: true,
  allows: [storeLoss],
};

/** Another program takes the port of a part that crashed. */
export const stolenPort: Fault = {
  name: 'another program takes the port of the collector when it crashes',
  strike: async ({ stack }) => {
    process.kill(await stack.pidOf('collector'), 'SIGKILL');
    const server = await occupy('collector', stack, (_, response) => response.writeHead(404).end());
    return async () => await close(server);
  },
  lastsSeconds: 3,
  mayNotify: ['CtxdPartDown'],
};

/** Kills a part, or stops its container, and keeps it from being restarted until relieved. */
async function keepAway(part: PartName, stack: StackCommands): Promise<Relief> {
  if (stack.runtime === 'docker') {
    const container = `${stack.env.CTXD_PROJECT}-${part}-1`;
    await runCommand('docker', ['stop', container]);
    return async () => void (await runCommand('docker', ['start', container]));
  }
  // The supervisor leaves a stack alone that another command works on.
  const lock = await takeLock({ folder: stack.stateDir, command: 'test:faults', waitMillis: 60_000 });
  process.kill(await stack.pidOf(part), 'SIGKILL');
  await waitUntil(async () => !(await isRunning(stack.stateDir, part)), 60_000);
  return async () => await lock[Symbol.asyncDispose]();
}

/** Listens on the port of a part as soon as it is free. */
async function occupy(part: PartName, { env }: StackCommands, handle: RequestListener): Promise<Server> {
  const { main: port, host = '127.0.0.1' } = portsFrom(env)[part];
  for (;;) {
    const server = createServer(handle).listen({ port, host });
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
