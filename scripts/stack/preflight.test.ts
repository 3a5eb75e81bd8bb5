import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { forEachPart, parts } from '../../compose/parts.ts';
import { checkPortsFree, freePorts, isFree } from './preflight.ts';

const listening = async (port: number) => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

describe('the preflight', () => {
  it('passes when all ports are free', async () => {
    const free = await freePorts(2 * parts.length);
    const ports = forEachPart(() => ({ main: free.pop() ?? 0, health: free.pop() ?? 0 }));
    await expect(checkPortsFree(parts, ports)).resolves.toBeUndefined();
  });

  it('names each taken port, its part and the variable that changes it', async () => {
    const free = await freePorts(2 * parts.length);
    const ports = forEachPart(() => ({ main: free.pop() ?? 0, health: free.pop() ?? 0 }));
    await using taken = await listening(ports.grafana.main);
    await using takenToo = await listening(ports.collector.health);
    expect([taken.listening, takenToo.listening]).toEqual([true, true]);
    await expect(checkPortsFree(parts, ports)).rejects.toMatchObject({
      message:
        `Port ${ports.collector.health} (collector health), ${ports.grafana.main} (grafana) on 127.0.0.1 is taken by another program; nothing was started.\n` +
        'Stop that program, or choose another port with CTXD_COLLECTOR_HEALTH_PORT=… CTXD_GRAFANA_PORT=…',
      exitCode: 3,
    });
  });

  it('sees a port free again once its program is gone', async () => {
    const [port = 0] = await freePorts(1);
    const server = await listening(port);
    expect(await isFree(port)).toBe(false);
    await once(server.close(), 'close');
    expect(await isFree(port)).toBe(true);
  });
});
