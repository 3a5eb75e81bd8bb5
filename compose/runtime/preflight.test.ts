import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { forEachPart, parts } from '../parts.ts';
import { portHolder } from './port-holder.ts';
import { checkPortsFree, freePorts, isFree, movedPorts } from './preflight.ts';

const listening = async (port: number) => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

describe('the preflight', () => {
  test('passes when all ports are free', async () => {
    const free = await freePorts(2 * parts.length);
    const ports = forEachPart(() => ({ main: free.pop() ?? 0, health: free.pop() ?? 0 }));
    await expect(checkPortsFree(parts, ports)).resolves.toBeUndefined();
  });

  test('names each taken port, its part and the variable that changes it', async () => {
    const free = await freePorts(2 * parts.length);
    const ports = forEachPart(() => ({ main: free.pop() ?? 0, health: free.pop() ?? 0 }));
    await using taken = await listening(ports.grafana.main);
    await using takenToo = await listening(ports.collector.health);
    expect([taken.listening, takenToo.listening]).toEqual([true, true]);
    const holder = await portHolder(ports.grafana.main, { PATH: '/nowhere' });
    expect(holder).toMatch(new RegExp(`^.+ \\(process ${process.pid}\\)$`));
    await expect(checkPortsFree(parts, ports)).rejects.toMatchObject({
      message:
        `Port ${ports.collector.health} (collector health) on 127.0.0.1 is taken by ${holder}. ` +
        `Port ${ports.grafana.main} (grafana) on 127.0.0.1 is taken by ${holder}; nothing was started.\n` +
        'Stop that program, choose another port with CTXD_COLLECTOR_HEALTH_PORT=… CTXD_GRAFANA_PORT=…, ' +
        'or use free ones: npm run stack:up -- --ports auto',
      exitCode: 3,
    });
  });

  test('moves only the parts whose port is in use', async () => {
    const free = await freePorts(2 * parts.length);
    const ports = forEachPart(() => ({ main: free.pop() ?? 0, health: free.pop() ?? 0 }));
    await using taken = await listening(ports.grafana.main);
    const moved = await movedPorts(parts, ports);
    expect(taken.listening).toBe(true);
    expect(moved).toEqual({ ...ports, grafana: moved.grafana });
    expect(moved.grafana.main).not.toBe(ports.grafana.main);
    expect(await isFree(moved.grafana.main)).toBe(true);
  });

  test('finds free ports that no outgoing connection uses', async () => {
    const free = await freePorts(100);
    expect(new Set(free).size).toBe(100);
    expect(Math.max(...free)).toBeLessThan(32_768);
  });

  test('never gives one port to two callers, even before a program listens on it', async () => {
    const before = await freePorts(1_000);
    const other = `import { freePorts } from '${new URL('preflight.ts', import.meta.url).href}';
      console.log(JSON.stringify(await freePorts(1_000)));`;
    const args = ['--input-type=module', '--eval', other];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const after = new Set([...(JSON.parse(stdout) as number[]), ...(await freePorts(1_000))]);
    expect(before.filter((port) => after.has(port))).toEqual([]);
  }, 60_000);

  test('finds no holder of a free port', async () => {
    const [port = 0] = await freePorts(1);
    expect(await portHolder(port, { PATH: '/nowhere' })).toBeUndefined();
  });

  test('sees that a port is free once its program has exited', async () => {
    const [port = 0] = await freePorts(1);
    const server = await listening(port);
    expect(await isFree(port)).toBe(false);
    await once(server.close(), 'close');
    expect(await isFree(port)).toBe(true);
  });
});
