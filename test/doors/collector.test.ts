import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiverMetrics } from 'koa-context-window';
import { type Backend, startBackend } from '../backend.ts';
import { claudeCode } from '../claude-code-session.ts';
import { query, waitForAnswer } from '../promql.ts';
import { bounded, corpus, hostileBody, validId } from './corpus.ts';

let backend: Backend;

beforeAll(async () => {
  backend = await startBackend({ withReceiver: true });
}, 900_000);

afterAll(async () => backend?.[Symbol.asyncDispose]());

const types = ['application/json', 'application/x-protobuf', 'text/plain'];

/**
 * Sends bytes and expects a response below 500. The collector quotes the input in its errors; if the input is not UTF-8, it
 * responds with 500 because it cannot, which is allowed: clients do not retry it.
 */
async function send(path: string, bytes: Uint8Array, type = 'application/json'): Promise<void> {
  const response = await fetch(`${backend.urls.collector}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: new Uint8Array(bytes),
  });
  const answer = await response.text();
  if (!answer.includes('failed to marshal error message')) expect(response.status).toBeLessThan(500);
}

/** A session gauge, as any program could send it. */
const gauge = (sessionId: string, asDouble: number | string) =>
  Buffer.from(
    JSON.stringify({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'contextd_session_context_tokens',
                  gauge: {
                    dataPoints: [
                      {
                        timeUnixNano: `${Date.now()}000000`,
                        asDouble,
                        attributes: [{ key: 'session_id', value: { stringValue: sessionId } }],
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    }),
  );

test('bad input is rejected or ignored, and later input still arrives', async () => {
  for (const path of ['/v1/logs', '/v1/metrics']) {
    for (const [, bytes] of corpus) for (const type of types) await send(path, bytes, type);
    await fc.assert(
      fc.asyncProperty(hostileBody, async (bytes) => await send(path, bytes)),
      bounded,
    );
  }
  for (const id of ['two words', '\u001B[2J', 'x'.repeat(129), 'unknown', 'a"}) or vector(1) #'])
    await send('/v1/metrics', gauge(id, 5));
  await send('/v1/metrics', gauge('not-a-number', 'NaN'));
  await send('/v1/metrics', gauge('after', 7));
  const claude = claudeCode(backend.urls);
  await claude.request('bad id', { tokensUsed: 9_000 });
  await claude.request('after-events', { tokensUsed: 9_000 });
  await waitForAnswer(
    backend,
    'contextd_session_context_tokens{session_id="after"}',
    ({ length }) => length === 1,
  );
  await waitForAnswer(
    backend,
    'contextd_session_context_tokens{session_id="after-events"}',
    ([sample]) => sample?.value === 9_000,
    30_000,
  );
});

test('no series has an invalid session id or value, and rejected input is counted', async () => {
  const samples = await query(backend, '{session_id!=""}');
  expect(samples.length).toBeGreaterThan(0);
  for (const { labels, value } of samples) {
    expect(labels['session_id']).toMatch(validId);
    expect(labels['session_id']).not.toMatch(/^(unknown|not-a-number)$/);
    expect(value).not.toBeNaN();
  }
  await waitForAnswer(
    backend,
    'sum(vm_relabel_metrics_dropped_total)',
    ([sample]) => (sample?.value ?? 0) >= 5,
    30_000,
  );
  await waitForAnswer(
    backend,
    `sum(${receiverMetrics.ignored.name})`,
    ([sample]) => (sample?.value ?? 0) > 0,
    30_000,
  );
});
