import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';

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

/** Sends SIGTERM and resolves with the exit code and the signal; rejects if the process runs on. */
async function stoppedWithin(child: ChildProcess, millis: number) {
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(millis) });
  child.kill('SIGTERM');
  try {
    return await exited;
  } finally {
    child.kill('SIGKILL');
  }
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

  test.skipIf(process.platform === 'win32')(
    'follows the transcripts beside a FIFO, a socket, a device and a folder, and stops within 3 s',
    async () => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'receiver-main-'));
      const at = (name: string) => join(folder.path, 'projects', 'p', name);
      await mkdir(at('folder.jsonl'), { recursive: true });
      execFileSync('mkfifo', [at('a-fifo.jsonl')]);
      await symlink('/dev/zero', at('a-device.jsonl'));
      await using socket = createServer().listen(at('a-socket.jsonl'));
      await once(socket, 'listening');
      const message = { model: 'claude-opus-5', usage: { input_tokens: 7 } };
      const line = { type: 'assistant', timestamp: new Date().toISOString(), message };
      await writeFile(at('zz.jsonl'), `${JSON.stringify(line)}\n`);
      const port = await freePort();
      const child = run({
        HOME: folder.path,
        CTXD_STATE_DIR: folder.path,
        CTXD_RECEIVER_PORT: String(port),
        CTXD_TRANSCRIPTS_DIR: join(folder.path, 'projects'),
      });
      try {
        await once(child.stdout, 'data');
        const ask = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
        await vi.waitFor(async () => expect(await ask('/v1/sessions')).toContain('"zz"'), 20_000);
        expect(await ask('/v1/sources')).toContain('"unreadable":4');
      } finally {
        expect(await stoppedWithin(child, 3_000)).toEqual([0, null]);
      }
    },
  );

  test('stops within 3 s when the collector takes requests and never answers', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'receiver-main-'));
    await using silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const port = await freePort();
    const child = run({
      HOME: folder.path,
      CTXD_STATE_DIR: folder.path,
      CTXD_RECEIVER_PORT: String(port),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    });
    silent.on('connection', (socket) => child.once('exit', () => socket.destroy()));
    await once(child.stdout, 'data');
    await fetch(`http://127.0.0.1:${port}/v1/sessions/s1/usage`, {
      method: 'POST',
      body: '{"tokensUsed":5}',
    });
    await stoppedWithin(child, 3_000);
    expect(await readFile(join(folder.path, 'data/receiver/sessions.snapshot'), 'utf8')).toContain('"s1"');
  });

  test.skipIf(process.platform === 'win32').each(['/dev/zero', '/dev/null', 'fifo', '.'])(
    'refuses %s as the file of the collector’s token in one sentence',
    async (name) => {
      await using folder = await mkdtempDisposable(join(tmpdir(), 'receiver-main-'));
      const path = join(name.startsWith('/') ? '' : folder.path, name);
      if (name === 'fifo') execFileSync('mkfifo', [path]);
      const child = run({ HOME: folder.path, CTXD_COLLECTOR_TOKEN_FILE: path });
      const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect(said).toMatch(/^Expected `CTXD_COLLECTOR_TOKEN_FILE` to be a readable file, got .*\n$/);
      expect(code).toBe(1);
    },
  );

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
