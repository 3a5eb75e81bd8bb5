import { once } from 'node:events';
import { appendFile, mkdir, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { thresholdsFrom } from '../thresholds.ts';
import { startReceiver } from './receiver.ts';
import type { ReceiverOptions } from './receiver-options.ts';

const folder = () => mkdtempDisposable(join(tmpdir(), 'receiver-'));
const statusline = (sessionId: string, tokensUsed: number) => ({
  session_id: sessionId,
  model: { id: 'claude-haiku-4-5' },
  context_window: {
    current_usage: { input_tokens: tokensUsed, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  },
});

async function started(options: ReceiverOptions = {}) {
  const receiver = await startReceiver({ port: 0, metricsUrl: false, ...options });
  const send = (path: string, body?: unknown, init: RequestInit = {}) =>
    fetch(`${receiver.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body !== undefined && {
        body:
          typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
      }),
      ...init,
    });
  const ask = async (path: string) => (await (await send(path)).json()) as never;
  return { ...receiver, send, ask, [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose]() };
}

const problemOf = async (response: Response) => {
  const { error } = (await response.json()) as { error: Record<string, string> };
  return [response.status, error['field'], error['rule'], error['value']];
};

describe('what Claude Code reports', () => {
  test('by status line creates a session at once', async () => {
    await using receiver = await started();
    const response = await receiver.send('/claude-code/statusline', statusline('s1', 150_000));
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await receiver.ask('/v1/sessions/s1')).toMatchObject({
      id: 's1',
      tokensUsed: 150_000,
      usagePercent: 75,
      source: 'statusline',
      windowSource: 'model',
      model: 'claude-haiku-4-5',
      compactionThresholdTokens: 167_000,
      sources: { statusline: expect.any(Number) },
    });
  });

  test('by hook ends a session', async () => {
    await using receiver = await started();
    await receiver.send('/claude-code/statusline', statusline('s1', 1));
    const end = { session_id: 's1', hook_event_name: 'SessionEnd', reason: 'clear' };
    expect((await receiver.send('/claude-code/hooks', end)).status).toBe(204);
    await vi.waitFor(
      async () => expect(await receiver.ask('/v1/sessions')).toEqual({ sessions: [] }),
      60_000,
    );
  });

  test('by event arrives as JSON and as gzip, and as protobuf', async () => {
    await using receiver = await started();
    const logs = JSON.stringify({ resourceLogs: [] });
    const json = { 'content-type': 'application/json' };
    const plain = await receiver.send('/v1/logs', logs, { headers: json });
    expect([plain.status, await plain.json()]).toEqual([200, {}]);
    const packed = await receiver.send('/v1/logs', gzipSync(logs), {
      headers: { ...json, 'content-encoding': 'gzip' },
    });
    expect(packed.status).toBe(200);
    const headers = { 'content-type': 'application/x-protobuf' };
    const protobuf = await receiver.send('/v1/logs', new Uint8Array([0xff]), { headers });
    expect([protobuf.status, protobuf.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
    const other = await receiver.send('/v1/logs', logs, { headers: { 'content-type': 'text/plain' } });
    expect((await problemOf(other)).slice(0, 2)).toEqual([415, 'content-type']);
  });

  test('is never refused for its content, and ignored content is counted', async () => {
    await using receiver = await started();
    for (const body of [{}, [], { session_id: 7 }, null]) {
      expect((await receiver.send('/claude-code/statusline', body)).status).toBe(204);
    }
    const { sources } = (await receiver.ask('/v1/sources')) as { sources: { source: string }[] };
    expect(sources.find(({ source }) => source === 'statusline')).toEqual({
      source: 'statusline',
      lastSeenAtMillis: null,
      sessions: 0,
      ignored: { missing_session_id: 1, not_an_object: 2, invalid_session_id: 1 },
    });
  });

  test('is counted when it is refused, by its reason', async () => {
    await using receiver = await started();
    const json = { 'content-type': 'application/json' };
    const refused: [string, string, object?][] = [
      ['/claude-code/statusline', '{"half'],
      ['/claude-code/hooks', 'x'.repeat(1_100_000)],
      ['/v1/logs', '{}', { 'content-type': 'text/plain' }],
      ['/v1/logs', '['.repeat(4_000_000), json],
      ['/v1/sessions/a%20b/usage', '{}'],
      ['/v1/sessions/s1/usage', '{"tokensUsed":-1}'],
    ];
    for (const [path, body, headers = {}] of refused) {
      const { status } = await receiver.send(path, body, { headers: { ...headers } });
      expect(String(status)).toMatch(/^4/);
    }
    const { sources } = (await receiver.ask('/v1/sources')) as { sources: { ignored: object }[] };
    expect(sources.map(({ ignored }) => ignored)).toMatchObject([
      { unreadable: 1 },
      { unreadable: 2 },
      { too_large: 1 },
      {},
      {},
      {},
      { invalid_session_id: 1, out_of_range: 1 },
      {},
    ]);
  });

  test('by transcript is read as it is written', async () => {
    await using dir = await folder();
    const path = join(dir.path, 'project', 's1.jsonl');
    const line = (tokens: number) =>
      `${JSON.stringify({
        type: 'assistant',
        timestamp: new Date().toISOString(),
        message: { model: 'claude-opus-5', usage: { input_tokens: tokens } },
      })}\n`;
    await mkdir(join(dir.path, 'project'));
    await writeFile(path, `${line(1)}${'x'.repeat(5_000_000)}\n`);
    await using receiver = await started({ transcriptsFolder: dir.path, transcriptIntervalMillis: 10 });
    await vi.waitFor(() => expect(receiver.registry.get('s1')?.tokensUsed).toBe(1), 60_000);
    await appendFile(path, line(2));
    await vi.waitFor(() => expect(receiver.registry.get('s1')?.tokensUsed).toBe(2), 60_000);
    const { sources } = (await receiver.ask('/v1/sources')) as { sources: object[] };
    expect(sources).toContainEqual(
      expect.objectContaining({ source: 'transcript', sessions: 1, ignored: { too_long: 1 } }),
    );
  });
});

describe('what another program reports', () => {
  test('crosses the thresholds that the receiver is given', async () => {
    const thresholds = thresholdsFrom({ CTXD_WARNING_PERCENT: '40', CTXD_CRITICAL_PERCENT: '50' });
    await using receiver = await started({ thresholds });
    await receiver.send('/v1/sessions/mine/usage', { tokensUsed: 450, windowTokens: 1_000 });
    expect(await receiver.ask('/v1/sessions/mine')).toMatchObject({
      threshold70Count: 1,
      threshold90Count: 0,
    });
  });

  test('is a session with checkpoints and a name until it ends', async () => {
    await using receiver = await started();
    const ok = async (response: Promise<Response>) => expect((await response).status).toBe(204);
    await ok(
      receiver.send('/v1/sessions/mine/usage', { tokensUsed: 750, windowTokens: 1_000, model: 'gpt-7' }),
    );
    await ok(receiver.send('/v1/sessions/mine/checkpoints', { tokensSaved: 500 }));
    await ok(receiver.send('/v1/sessions/mine', { name: 'Mine' }, { method: 'PATCH' }));
    expect(await receiver.ask('/v1/sessions/mine')).toMatchObject({
      name: 'Mine',
      usagePercent: 75,
      windowSource: 'explicit',
      checkpointCount: 1,
      tokensSaved: 500,
      threshold70Count: 1,
    });
    await ok(receiver.send('/v1/sessions/mine', undefined, { method: 'DELETE' }));
    expect((await receiver.send('/v1/sessions/mine')).status).toBe(404);
    await ok(receiver.send('/v1/sessions/mine/usage', { tokensUsed: 1 }));
    expect((await receiver.send('/v1/sessions/mine')).status).toBe(200);
  });

  test.each(['conn_127.0.0.1:52341', 'a~b=c+d/e{f}', '%41'])(
    'may have the id %s, percent-encoded',
    async (id) => {
      await using receiver = await started();
      const path = `/v1/sessions/${encodeURIComponent(id)}`;
      expect((await receiver.send(`${path}/usage`, { tokensUsed: 5 })).status).toBe(204);
      expect((await receiver.send(path, { name: 'Mine' }, { method: 'PATCH' })).status).toBe(204);
      expect(await receiver.ask(path)).toMatchObject({ name: 'Mine', tokensUsed: 5 });
      expect((await receiver.send(`${path}/checkpoints`, { tokensSaved: 1 })).status).toBe(204);
      expect((await receiver.send(path, undefined, { method: 'DELETE' })).status).toBe(204);
    },
  );

  test('can be marked as an estimate', async () => {
    await using receiver = await started();
    await receiver.send('/v1/sessions/guess/usage', { tokensUsed: 5, estimated: true });
    expect(await receiver.ask('/v1/sessions/guess')).toMatchObject({ source: 'estimate' });
  });

  test.each([
    ['/v1/sessions/s/usage', {}, 400, 'tokensUsed', '`undefined` (undefined)'],
    ['/v1/sessions/s/usage', { tokensUsed: -1 }, 400, 'tokensUsed', '`-1` (number)'],
    ['/v1/sessions/s/usage', { tokensUsed: 1, windowTokens: 'x' }, 400, 'windowTokens', '`x` (string)'],
    ['/v1/sessions/s/usage', { tokensUsed: 1, model: 'a b' }, 400, 'model', '`a b` (string)'],
    ['/v1/sessions/s/usage', { tokensUsed: 1, estimated: 1 }, 400, 'estimated', '`1` (number)'],
    ['/v1/sessions/s/usage', [], 400, 'body', '`a list` (string)'],
    ['/v1/sessions/s/usage', '{"half', 400, 'body', '`6 bytes that are not` (string)'],
    ['/v1/sessions/a%20b/usage', { tokensUsed: 1 }, 400, 'id', '`a b` (string)'],
    ['/v1/sessions/%ff/usage', { tokensUsed: 1 }, 400, 'id', '`%ff` (string)'],
    ['/v1/sessions/unknown/usage', { tokensUsed: 1 }, 400, 'id', '`unknown` (string)'],
    ['/v1/sessions/nobody/checkpoints', { tokensSaved: 1 }, 404, 'id', '`nobody` (string)'],
    ['/v1/sessions/live/checkpoints', { tokensSaved: 'x' }, 400, 'tokensSaved', '`x` (string)'],
    ['/v1/nothing', {}, 404, 'path', '`/v1/nothing` (string)'],
    ['/v1/sessions/live/nothing', {}, 404, 'path', '`/v1/sessions/live/nothing` (string)'],
    ['/v1/sources', {}, 405, 'method', '`POST` (string)'],
  ])(
    'that is wrong gets an error with the field, the rule and the value: %s %j',
    async (path, body, status, field, value) => {
      await using receiver = await started();
      await receiver.send('/v1/sessions/live/usage', { tokensUsed: 1 });
      expect(await problemOf(await receiver.send(path, body))).toEqual([
        status,
        field,
        expect.any(String),
        value,
      ]);
    },
  );

  test('needs a valid name', async () => {
    await using receiver = await started();
    await receiver.send('/v1/sessions/s/usage', { tokensUsed: 1 });
    const response = await receiver.send('/v1/sessions/s', { name: ' ' }, { method: 'PATCH' });
    expect((await problemOf(response)).slice(0, 2)).toEqual([400, 'name']);
  });
});

describe('a body', () => {
  const sized = (bytes: number) => JSON.stringify({ session_id: 's1', session_name: 'x'.repeat(bytes) });
  const json = { 'content-type': 'application/json' };

  test('of more than 1 MiB is refused, declared or not', async () => {
    await using receiver = await started();
    expect((await receiver.send('/claude-code/statusline', sized(1_000_000))).status).toBe(204);
    const declared = await receiver.send('/claude-code/statusline', sized(1_100_000));
    expect((await problemOf(declared)).slice(0, 2)).toEqual([413, 'body']);
    const streamed = await fetch(`${receiver.url}/claude-code/statusline`, {
      method: 'POST',
      body: new Blob([sized(1_100_000)]).stream(),
      duplex: 'half',
    });
    expect((await problemOf(streamed)).slice(0, 2)).toEqual([413, 'body']);
  });

  test('of events of more than 16 MiB is refused and counted, even if only decompression shows it', async () => {
    await using receiver = await started();
    expect((await receiver.send('/v1/logs', sized(16_700_000), { headers: json })).status).toBe(200);
    const headers = { ...json, 'content-encoding': 'gzip' };
    const bomb = await receiver.send('/v1/logs', gzipSync(sized(50_000_000)), { headers });
    expect((await problemOf(bomb)).slice(0, 2)).toEqual([413, 'body']);
    const { sources } = (await receiver.ask('/v1/sources')) as { sources: object[] };
    expect(sources).toContainEqual(expect.objectContaining({ source: 'otlp', ignored: { too_large: 1 } }));
  });

  test('is refused and counted while others hold 64 MiB, and accepted again after that', async () => {
    await using receiver = await started();
    const bytes = 16 * 1_024 * 1_024;
    const unfinished = Array.from({ length: 4 }, () => {
      const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
      socket.write(
        `POST /v1/logs HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`,
      );
      socket.write(' '.repeat(bytes - 100));
      return socket;
    });
    const answer = () => receiver.send('/claude-code/statusline', sized(1_000));
    let refused = await answer();
    await vi.waitUntil(async () => (refused = await answer()).status === 429, 30_000);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await problemOf(refused)).slice(0, 2)).toEqual([429, 'body']);
    const { sources } = (await receiver.ask('/v1/sources')) as { sources: object[] };
    expect(sources).toContainEqual(
      expect.objectContaining({ source: 'statusline', ignored: { too_slow: 1 } }),
    );
    for (const socket of unfinished) socket.destroy();
    await vi.waitUntil(async () => (await answer()).status === 204, 30_000);
  });

  test('with 4.8 MB of raw API bodies is accepted, and its request counts', async () => {
    await using receiver = await started();
    const record = (fields: Record<string, string>) => ({
      attributes: Object.entries({ 'session.id': 's1', ...fields }).map(([key, stringValue]) => ({
        key,
        value: { stringValue },
      })),
    });
    const body = record({ 'event.name': 'api_request_body', body: 'x'.repeat(61_440) });
    const request = record({ 'event.name': 'api_request', query_source: 'sdk', input_tokens: '100002' });
    const logRecords = [...Array.from({ length: 80 }, () => body), request];
    const logs = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
    expect((await receiver.send('/v1/logs', logs, { headers: json })).status).toBe(200);
    expect(await receiver.ask('/v1/sessions/s1')).toMatchObject({ tokensUsed: 100_002 });
  });

  test.each([
    ['gzip', 400, 'body'],
    ['br', 415, 'content-encoding'],
  ])('that does not match its encoding %s is refused', async (encoding, status, field) => {
    await using receiver = await started();
    const response = await receiver.send('/v1/logs', 'x', {
      headers: { ...json, 'content-encoding': encoding },
    });
    expect((await problemOf(response)).slice(0, 2)).toEqual([status, field]);
  });
});

describe('access', () => {
  const headersOf = (headers: Record<string, string>) => ({ headers });

  test.each([
    [{ origin: 'https://evil.example' }, 'origin'],
    [{ origin: 'http://localhost:3000' }, 'origin'],
    [{ 'sec-fetch-site': 'cross-site' }, 'sec-fetch-site'],
  ])('is refused to a web page: %j', async (headers, field) => {
    await using receiver = await started();
    const response = await receiver.send('/claude-code/statusline', statusline('s1', 1), headersOf(headers));
    expect((await problemOf(response)).slice(0, 2)).toEqual([403, field]);
    expect(receiver.registry.size).toBe(0);
  });

  test.each([
    ['evil.example', 403],
    ['evil.example:4319', 403],
    ['localhost:1', 200],
    ['[::1]:1', 200],
    ['Receiver:4319', 200],
  ])('for the host name %s gets the status %d', async (host, status) => {
    await using receiver = await started({ allowedHosts: ['receiver'] });
    const socket = connect(Number(new URL(receiver.url).port), '127.0.0.1');
    socket.end(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test('needs the token if one is set, except for health checks', async () => {
    await using receiver = await started({ token: 'open-sesame' });
    expect((await problemOf(await receiver.send('/v1/sessions')))[0]).toBe(401);
    const wrong = await receiver.send('/v1/sessions', undefined, headersOf({ authorization: 'Bearer x' }));
    expect(wrong.status).toBe(401);
    expect(await wrong.text()).not.toContain('sesame');
    const headers = { authorization: 'Bearer open-sesame' };
    expect((await receiver.send('/v1/sessions', undefined, { headers })).status).toBe(200);
    expect((await receiver.send('/healthz')).status).toBe(200);
    expect((await receiver.send('/readyz')).status).toBe(200);
  });

  test('from outside this machine requires a token at the start', async () => {
    await expect(started({ host: '0.0.0.0' })).rejects.toThrow('Expected the `host` option');
    await using shielded = await started({ host: '0.0.0.0', isShielded: true });
    await using guarded = await started({ host: '0.0.0.0', token: 'x' });
    expect([shielded.registry.size, guarded.registry.size]).toEqual([0, 0]);
  });
});

describe('a restart', () => {
  const empty = '{"sessions":[],"tracker":{"sessions":[]}}';
  const otherChecksum = `ctxd-receiver-snapshot 1 ${'0'.repeat(64)}\n${empty}`;
  const snapshotIn = (path: string) => join(path, 'data', 'sessions.snapshot');

  test('continues the counters and counts no crossing twice', async () => {
    await using dir = await folder();
    const snapshotPath = snapshotIn(dir.path);
    {
      await using receiver = await started({ snapshotPath });
      await receiver.send('/claude-code/statusline', statusline('s1', 150_000));
      await receiver.send('/claude-code/hooks', {
        session_id: 's1',
        hook_event_name: 'PostCompact',
        trigger: 'auto',
      });
    }
    expect((await stat(snapshotPath)).mode & 0o777).toBe(0o600);
    await using receiver = await started({ snapshotPath });
    await receiver.send('/claude-code/statusline', statusline('s1', 150_000));
    await receiver.send('/claude-code/statusline', statusline('s1', 30_000));
    expect(await receiver.ask('/v1/sessions/s1')).toMatchObject({
      tokensUsed: 30_000,
      threshold70Count: 1,
      checkpointCount: 1,
      tokensSaved: 120_000,
      lastCompaction: { trigger: 'auto' },
    });
  });

  test('does not bring back a session that had just ended', async () => {
    await using dir = await folder();
    const snapshotPath = snapshotIn(dir.path);
    {
      await using receiver = await started({ snapshotPath });
      for (const id of ['over', 'on']) await receiver.send('/claude-code/statusline', statusline(id, 1));
      await receiver.send('/claude-code/hooks', { session_id: 'over', hook_event_name: 'SessionEnd' });
    }
    await using receiver = await started({ snapshotPath });
    expect(await receiver.ask('/v1/sessions')).toMatchObject({ sessions: [{ id: 'on' }] });
  });

  test('writes reports to the snapshot while it runs', async () => {
    await using dir = await folder();
    const snapshotPath = snapshotIn(dir.path);
    await using receiver = await started({ snapshotPath });
    await receiver.send('/claude-code/statusline', statusline('crash', 1));
    await vi.waitFor(async () => expect(await readFile(snapshotPath, 'utf8')).toContain('"crash"'), 60_000);
  });

  test.each(['', 'garbage', 'ctxd-receiver-snapshot 1 0\n{}', otherChecksum])(
    'sets a damaged snapshot aside, says so once, and starts empty: %j',
    async (text) => {
      await using dir = await folder();
      const snapshotPath = join(dir.path, 'sessions.snapshot');
      await writeFile(snapshotPath, text);
      const warn = vi.fn<(sentence: string) => void>();
      await using receiver = await started({ snapshotPath, warn });
      expect(receiver.registry.size).toBe(0);
      expect(warn.mock.calls).toEqual([[expect.stringContaining(`${snapshotPath}.corrupt`)]]);
      expect(await readFile(`${snapshotPath}.corrupt`, 'utf8')).toBe(text);
    },
  );

  test('names the snapshot that it can neither read nor write', async () => {
    await using dir = await folder();
    const warn = vi.fn<(sentence: string) => void>();
    {
      await using receiver = await started({ snapshotPath: dir.path, warn });
      expect(receiver.registry.size).toBe(0);
    }
    expect(warn.mock.calls.flat().join('\n')).toMatch(
      /cannot be read \(EISDIR\)[^]*Cannot write the snapshot/,
    );
  });
});

describe('the metrics', () => {
  interface Point {
    readonly attributes: { readonly key: string; readonly value: { readonly stringValue: string } }[];
    readonly asDouble?: number;
    readonly flags?: number;
  }
  interface Exported {
    readonly resourceMetrics: {
      readonly scopeMetrics: {
        readonly metrics: { name: string; gauge?: { dataPoints: Point[] }; sum?: { dataPoints: Point[] } }[];
      }[];
    }[];
  }

  /** What was exported: `name{label=value,…} value`, with `gone` for a staleness marker. */
  async function collecting() {
    const lines: string[] = [];
    const authorizations = new Set<string | undefined>();
    const server = createServer(async (request, response) => {
      authorizations.add(request.headers.authorization);
      const exported = (await json(request)) as Exported;
      const metrics = exported.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics);
      for (const { name, gauge, sum } of metrics.flatMap(({ metrics }) => metrics)) {
        for (const { attributes, asDouble, flags } of (gauge ?? sum)?.dataPoints ?? []) {
          const labels = attributes.map(({ key, value }) => `${key}=${value.stringValue}`).join(',');
          lines.push(`${name}{${labels}} ${flags ? 'gone' : asDouble}`);
        }
      }
      response.setHeader('content-type', 'application/json').end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const stop = () => server.close().closeAllConnections();
    return { lines, authorizations, url: `http://127.0.0.1:${port}/v1/metrics`, [Symbol.dispose]: stop };
  }

  test('describe the current state of a session, not an earlier one', async () => {
    vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '200');
    using collector = await collecting();
    await using receiver = await started({ metricsUrl: collector.url, metricsToken: 'open-sesame' });
    const payload = {
      ...statusline('s1', 5),
      session_name: 'first',
      cwd: '/home/ann/api',
      cost: { total_cost_usd: 1.5 },
      rate_limits: { five_hour: { used_percentage: 42 } },
    };
    await receiver.send('/claude-code/statusline', payload);
    const info = (name: string) =>
      `contextd_session_info{session_id=s1,session_name=${name},model=claude-haiku-4-5,project=api,host=${hostname()},source=statusline,window_source=model}`;
    await vi.waitFor(() => expect(collector.lines).toContain(`${info('first')} 1`), 60_000);
    expect(collector.lines).toEqual(
      expect.arrayContaining([
        'contextd_session_compaction_threshold_tokens{session_id=s1} 167000',
        'contextd_session_cost_usd{session_id=s1} 1.5',
        'contextd_rate_limit_used_percent{window=five_hour} 42',
      ]),
    );
    const account = { 'user.account_uuid': 'ann', 'organization.id': 'acme' };
    const subagent = {
      'event.name': 'subagent_completed',
      'session.id': 's1',
      'agent.name': 'Plan',
      ...account,
    };
    const attributes = Object.entries({ ...subagent, total_tokens: '7' }).map(([key, stringValue]) => ({
      key,
      value: { stringValue },
    }));
    const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }] }] }] };
    const headers = { 'content-type': 'application/json' };
    await receiver.send('/v1/logs', logs, { headers });
    await receiver.send('/claude-code/statusline', { ...payload, session_name: 'second', later: true });
    const expected = [
      `${info('second')} 1`,
      `${info('first')} gone`,
      'contextd_session_cost_usd{session_id=s1} gone',
      'contextd_session_cost_usd{session_id=s1,account=ann} 1.5',
      'contextd_rate_limit_used_percent{window=five_hour} gone',
      'contextd_rate_limit_used_percent{window=five_hour,account=ann} 42',
      'contextd_subagent_context_tokens{session_id=s1,agent=Plan} 7',
      'contextd_receiver_ignored_total{source=statusline,reason=unknown_field} 1',
    ];
    await vi.waitFor(() => expect(collector.lines).toEqual(expect.arrayContaining(expected)), 60_000);
    await receiver[Symbol.asyncDispose]();
    expect(collector.lines).toContain(`${info('second')} gone`);
    expect([...collector.authorizations]).toEqual(['Bearer open-sesame']);
    vi.unstubAllEnvs();
  });
});

describe('what the user wrote', () => {
  test('is in no response and in no snapshot', async () => {
    const secret = 'MARKED-SECRET';
    await using dir = await folder();
    const snapshotPath = join(dir.path, 'sessions.snapshot');
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const answers: string[] = [];
    {
      await using receiver = await started({ snapshotPath });
      const words = {
        prompt: secret,
        compact_summary: secret,
        tool_input: { a: secret },
        cwd: `/${secret}/x`,
      };
      const bodies: [string, unknown][] = [
        ['/claude-code/statusline', { ...statusline('s1', 1), ...words }],
        ['/claude-code/hooks', { session_id: 's1', hook_event_name: 'UserPromptSubmit', ...words }],
        ['/claude-code/hooks', { session_id: 's1', hook_event_name: 'PostCompact', ...words }],
        ['/claude-code/hooks', `{"prompt":"${secret}`],
        ['/v1/sessions/s1/usage', { tokensUsed: { secret } }],
      ];
      for (const [path, body] of bodies) answers.push(await (await receiver.send(path, body)).text());
      for (const path of ['/v1/sessions', '/v1/sessions/s1', '/v1/sources']) {
        answers.push(JSON.stringify(await receiver.ask(path)));
      }
    }
    answers.push(await readFile(snapshotPath, 'utf8'), JSON.stringify(said.mock.calls));
    said.mockRestore();
    expect(answers.join('\n')).not.toContain(secret);
    expect(answers.join('\n')).toContain('s1');
  });
});
