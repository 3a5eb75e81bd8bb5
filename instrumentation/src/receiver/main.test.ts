import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

function run(environment: Record<string, string>) {
  return spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PATH: process.env['PATH'], OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('the receiver’s process', () => {
  test('writes its sessions when it is stopped, even if it gets the signal twice', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'receiver-main-'));
    const port = await freePort();
    const child = run({ HOME: folder.path, CTXD_STATE_DIR: folder.path, CTXD_RECEIVER_PORT: String(port) });
    await once(child.stdout, 'data');
    const url = `http://127.0.0.1:${port}/v1/sessions/s1/usage`;
    const response = await fetch(url, { method: 'POST', body: '{"tokensUsed":5}' });
    expect(response.status).toBe(204);
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(await readFile(join(folder.path, 'data/receiver/sessions.snapshot'), 'utf8')).toContain('"s1"');
  });

  test('explains invalid settings in one sentence and does not start', async () => {
    const child = run({ CTXD_RECEIVER_PORT: 'http' });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect([said, code]).toEqual([
      'Expected `CTXD_RECEIVER_PORT` to have a port from 1 to 65535, got `http`\n',
      1,
    ]);
  });

  test('says in one sentence that its port is taken', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'receiver-main-'));
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const child = run({ HOME: folder.path, CTXD_STATE_DIR: folder.path, CTXD_RECEIVER_PORT: String(port) });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect([said, code]).toEqual([expect.stringContaining(`Port ${port} on 127.0.0.1 is taken.\nStop `), 1]);
  });
});
