import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startReceiver } from '../receiver.ts';
import type { ReceiverOptions } from '../receiver-options.ts';

async function started(options: ReceiverOptions = {}) {
  const receiver = await startReceiver({ port: 0, metricsUrl: false, ...options });
  const post = (path: string, body = {}) =>
    fetch(`${receiver.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return {
    /** Reports tokens, and returns what the session reads at its next prompt. */
    promptAt: async (tokens: number, model = 'claude-haiku-4-5') => {
      const usage = { input_tokens: tokens };
      const body = { session_id: 's1', model: { id: model }, context_window: { current_usage: usage } };
      await post('/claude-code/statusline', body);
      return await (await post('/v1/sessions/s1/nudge')).text();
    },
    checkpoint: () => post('/v1/sessions/s1/checkpoints', { tokensSaved: 100_000 }),
    post,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

const sentence = (percent: number, left: string) =>
  `The context window is ${percent} % full (${left} tokens left). Save a checkpoint of your work before you continue.`;

test('a session reads one sentence per crossing, and one near its compaction point', async () => {
  await using receiver = await started();
  expect(await receiver.promptAt(139_999)).toBe('');
  expect(await receiver.promptAt(140_000)).toBe(sentence(70, '60k'));
  expect(await receiver.promptAt(150_000)).toBe('');
  expect(await receiver.promptAt(130_000)).toBe('');
  expect(await receiver.promptAt(141_000)).toBe('');
  // The compaction point is 167,000 tokens, and 95 % of it are near.
  expect(await receiver.promptAt(160_000)).toBe(sentence(95, '7.0k'));
  expect(await receiver.promptAt(166_000)).toBe('');
  expect(await receiver.promptAt(182_000)).toBe(sentence(91, '18k'));
  expect(await receiver.promptAt(199_000)).toBe('');
});

test('a checkpoint re-arms the sentences', async () => {
  await using receiver = await started();
  expect(await receiver.promptAt(182_000)).toBe(sentence(91, '18k'));
  await receiver.checkpoint();
  expect(await receiver.promptAt(20_000)).toBe('');
  expect(await receiver.promptAt(150_000)).toBe(sentence(75, '50k'));
});

test('nothing is read where the size of the window is only assumed, or the session is unknown', async () => {
  await using receiver = await started();
  expect(await receiver.promptAt(950_000, 'some-model-of-tomorrow')).toBe('');
  expect((await receiver.post('/v1/sessions/nobody/nudge')).status).toBe(204);
  expect((await receiver.post('/v1/sessions/a%0Ab/nudge')).status).toBe(400);
});

test('a restart of the receiver repeats no sentence', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'nudges-'));
  const snapshotPath = join(folder.path, 'snapshot');
  {
    await using receiver = await started({ snapshotPath });
    expect(await receiver.promptAt(150_000)).not.toBe('');
  }
  await using receiver = await started({ snapshotPath });
  expect(await receiver.promptAt(151_000)).toBe('');
});

test('the sentence and its shares are settings', async () => {
  await using receiver = await started({ nudge: '{percent}, {left}, {other}', compactionPercent: 50 });
  expect(await receiver.promptAt(90_000)).toBe('53, 77k, {other}');
});
