import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parts } from '../compose/parts.ts';
import { identityOf } from '../compose/runtime/native/part-process.ts';
import { waitUntil } from '../compose/runtime/health.ts';
import { sharedPath } from '../compose/runtime/state.ts';
import { claudeCode } from './claude-code-session.ts';
import { inRuntime, start } from './both-runtimes.ts';
import { socketsOf } from './sockets.ts';
import { stackCommands, type StackCommands } from './stack-commands.ts';

/** A process of the stack in the table of the threat model. */
interface Allowed {
  readonly name: string;
  readonly listens: readonly string[];
  readonly connects: readonly string[];
}

const cells = (text = '') => text.split(',').flatMap((cell) => cell.trim() || []);

/** The table `Sockets` of the threat model. */
async function allowed(): Promise<Allowed[]> {
  const text = await readFile(join(import.meta.dirname, '../docs/threat-model.md'), 'utf8');
  const [, table = ''] = /## Sockets\n(.*?)\n## /s.exec(text) ?? [];
  const rows = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return rows.flatMap(([, name = '', listens, connects]) =>
    /^[a-z]+$/.test(name) ? [{ name, listens: cells(listens), connects: cells(connects) }] : [],
  );
}

/** The names of the ports in the table, by address: `4318` is the collector's, which this test moves elsewhere. */
function namesByAddress({ env }: StackCommands): Map<string, { port: string; part: string }> {
  return new Map(
    parts.flatMap(({ name, port, healthPort }) => {
      const variable = `CTXD_${name.toUpperCase()}`;
      const main = [`127.0.0.1:${env[`${variable}_PORT`]}`, { port: String(port), part: name }] as const;
      if (healthPort === undefined) return [main];
      const health = { port: String(healthPort), part: name };
      return [main, [`127.0.0.1:${env[`${variable}_HEALTH_PORT`]}`, health] as const];
    }),
  );
}

/** What the processes listen on and are connected to now, as `collector listens on 4318` and `collector connects to receiver`. */
async function seen(stack: StackCommands, names: readonly string[]): Promise<string[]> {
  const known = namesByAddress(stack);
  const found = names.map(async (name) => {
    const { pid = 0 } = (await identityOf(stack.stateDir, name)) ?? {};
    const sockets = await socketsOf(pid);
    const own = new Set(sockets.flatMap(({ kind, local }) => (kind === 'listening' ? [local] : [])));
    return sockets.flatMap(({ kind, local, remote }) => {
      if (kind === 'listening') return [`${name} listens on ${known.get(local)?.port ?? local}`];
      return own.has(local) ? [] : [`${name} connects to ${known.get(remote)?.part ?? remote}`];
    });
  });
  return (await Promise.all(found)).flat();
}

inRuntime('native', () => {
  test.skipIf(process.platform !== 'linux')(
    'the stack opens the sockets in the threat model, and no others',
    async () => {
      await using stack = await stackCommands('native');
      expect(await start(stack)).toMatchObject({ exitCode: 0 });
      const table = (await allowed()).filter(({ name }) => name !== 'grafana');
      const names = table.map(({ name }) => name);
      const expected = table.flatMap(({ name, listens, connects }) => [
        ...listens.map((port) => `${name} listens on ${port}`),
        ...connects.filter((part) => part !== 'grafana').map((part) => `${name} connects to ${part}`),
      ]);
      // Grafana does not run here, but VictoriaMetrics tries to scrape it.
      const permitted = new Set([...expected, 'victoriametrics connects to grafana']);
      const all = parts.flatMap(({ name }) => (name === 'grafana' ? [] : name));
      expect(new Set(names)).toEqual(new Set([...all, 'supervisor']));

      const token = await readFile(sharedPath(stack.stateDir, 'collectorToken'), 'utf8');
      const collector = `http://127.0.0.1:${stack.env['CTXD_COLLECTOR_PORT']}`;
      const headers = { authorization: `Bearer ${token}` };
      await claudeCode({ collector, receiver: '' }, headers).request('s1', { tokensUsed: 71_000 });
      // The supervisor's connections last for milliseconds.
      const lasting = expected.filter((socket) => !socket.startsWith('supervisor connects'));
      const found = new Set<string>();
      const isComplete = async () => {
        for (const socket of await seen(stack, names)) found.add(socket);
        return lasting.every((socket) => found.has(socket));
      };
      await waitUntil(isComplete, 60_000);
      expect(lasting.filter((socket) => !found.has(socket))).toEqual([]);
      expect([...found].filter((socket) => !permitted.has(socket))).toEqual([]);
    },
  );
});
