import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { InboxView, SessionList, SourceList } from '#answers';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import { type Receiver, startReceiver } from '../../instrumentation/src/receiver/receiver.ts';
import { bounded, corpus, hostileBody, validId } from './corpus.ts';

const resources = new AsyncDisposableStack();
let receiver: Receiver;
let transcripts: string;

beforeAll(async () => {
  const folder = resources.use(await testFolder());
  transcripts = join(folder.path, 'projects');
  await mkdir(join(transcripts, 'p'), { recursive: true });
  receiver = resources.use(
    await startReceiver({
      port: 0,
      metricsUrl: false,
      snapshotPath: join(folder.path, 'sessions.snapshot'),
      transcriptsFolder: transcripts,
      transcriptIntervalMillis: 20,
    }),
  );
});

afterAll(() => resources.disposeAsync());

const ask = async (path: string) => await (await fetch(`${receiver.url}${path}`)).json();

/** How many reports were ignored so far, for any reason. */
async function ignoredCount(): Promise<number> {
  const { sources } = (await ask('/v1/sources')) as SourceList;
  return sources.flatMap(({ ignored }) => Object.values(ignored)).reduce((sum, count) => sum + count, 0);
}

/** Expects valid ids, finite figures, and a receiver that responds. */
async function expectSound(): Promise<void> {
  const { sessions } = (await ask('/v1/sessions')) as SessionList;
  for (const { id, tokensUsed, usagePercent } of sessions) {
    expect(id).toMatch(validId);
    expect(id).not.toBe('unknown');
    expect(
      [tokensUsed, usagePercent].every(
        (figure) => figure === null || (Number.isFinite(figure) && figure >= 0),
      ),
    ).toBe(true);
  }
  for (const { sessionId } of receiver.registry.activeSessions()) expect(sessionId).toMatch(validId);
}

const json = { 'content-type': 'application/json' };
const doors: [path: string, init: { method: string; headers?: Record<string, string> }][] = [
  ['/claude-code/statusline', { method: 'POST' }],
  ['/claude-code/hooks', { method: 'POST' }],
  ['/v1/logs', { method: 'POST', headers: json }],
  ['/v1/logs', { method: 'POST', headers: { 'content-type': 'application/x-protobuf' } }],
  ['/v1/logs', { method: 'POST', headers: { ...json, 'content-encoding': 'gzip' } }],
  ['/v1/sessions/s1/usage', { method: 'POST' }],
  ['/v1/sessions/s1/checkpoints', { method: 'POST' }],
  ['/v1/sessions/s1', { method: 'PATCH' }],
  ['/alerts', { method: 'POST' }],
];

describe.each(doors)('%s %j', (path, init) => {
  /** Expects that rejected input gives a 4xx response and is counted, except at the inbox, which counts no reports. */
  async function expectAnswer(bytes: Buffer): Promise<void> {
    const before = await ignoredCount();
    const response = await fetch(`${receiver.url}${path}`, { ...init, body: new Uint8Array(bytes) });
    expect(response.status).toBeLessThan(500);
    await response.arrayBuffer();
    const isCounted = response.status >= 400 && response.status !== 404;
    if (isCounted) expect(await ignoredCount()).toBeGreaterThan(before);
  }

  test.each(corpus)('survives %s', async (_, bytes) => {
    await expectAnswer(bytes);
    await expectSound();
  });

  test('survives any input', async () => {
    await fc.assert(fc.asyncProperty(hostileBody, expectAnswer), bounded);
    await expectSound();
  });
});

test('any path gets a response and creates no session', async () => {
  const before = receiver.registry.activeSessions().length;
  const segment = fc.oneof(
    fc.webSegment(),
    fc.constantFrom('%00', '%E0%A4%A', 'a%20b', '..', '%2e%2e', 'unknown'),
  );
  const property = fc.asyncProperty(segment, async (id) => {
    const response = await fetch(`${receiver.url}/v1/sessions/${id}x%20/usage`, {
      method: 'POST',
      body: '{"tokensUsed":1}',
    });
    expect([400, 404]).toContain(response.status);
  });
  await fc.assert(property, bounded);
  expect(receiver.registry.activeSessions()).toHaveLength(before);
});

test('transcripts with any content are read to the end, and bad lines are counted', async () => {
  const before = await ignoredCount();
  const bodies = [
    ...corpus.map(([, bytes]) => bytes),
    ...fc.sample(hostileBody, { ...bounded, numRuns: 300 }),
  ];
  const last = { type: 'assistant', sessionId: 'last-line', message: { usage: { input_tokens: 7 } } };
  const lastLine = Buffer.from(JSON.stringify({ ...last, timestamp: new Date().toISOString() }));
  const lines = [...bodies, lastLine].flatMap((bytes) => [bytes, Buffer.from('\n')]);
  // Renamed into place, so that one read gets the whole file.
  await writeFile(join(transcripts, 'draft'), Buffer.concat(lines));
  await rename(join(transcripts, 'draft'), join(transcripts, 'p', 'hostile.jsonl'));
  await vi.waitFor(() => expect(receiver.registry.get('last-line')?.tokensUsed).toBe(7), 20_000);
  expect(await ignoredCount()).toBeGreaterThan(before + 100);
  await expectSound();
});

test('the inbox holds only short texts, whatever was posted', async () => {
  const { alerts } = (await ask('/alerts')) as InboxView;
  for (const { id, receivedAtMillis, ...texts } of alerts) {
    expect([id, receivedAtMillis].every(Number.isFinite)).toBe(true);
    for (const text of Object.values(texts)) expect(text.length).toBeLessThanOrEqual(2_000);
  }
});
