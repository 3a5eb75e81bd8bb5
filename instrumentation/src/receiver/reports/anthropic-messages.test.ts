import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnthropicMessageStream, readAnthropicMessage } from './anthropic-messages.ts';

const request = { headers: { 'x-claude-code-session-id': 's1' } };
const usage = {
  input_tokens: 10,
  cache_creation_input_tokens: 200,
  cache_read_input_tokens: 3_000,
  output_tokens: 1,
};
const message = { id: 'msg_1', type: 'message', model: 'claude-opus-4-8', content: [], usage };
const observation = {
  sessionId: 's1',
  source: 'gateway',
  requestId: 'msg_1',
  tokensUsed: 3_210,
  model: 'claude-opus-4-8',
};

const events = (start: object, end: object) =>
  [
    'event: message_start',
    `data: ${JSON.stringify({ type: 'message_start', message: start })}`,
    '',
    ': a comment',
    'event: content_block_delta',
    `data: ${JSON.stringify({ type: 'content_block_delta', delta: { text: 'é "message_start"' } })}`,
    '',
    `data: ${JSON.stringify({ type: 'message_delta', delta: {}, usage: end })}`,
    '',
    'data: {"type":"message_stop"}',
    '',
  ].join('\n');

function streamed(text: string, chunkBytes = 1e6) {
  const stream = new AnthropicMessageStream(request);
  const bytes = new TextEncoder().encode(text);
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    stream.push(bytes.subarray(start, start + chunkBytes));
  }
  return stream.result();
}

describe('a Messages response', () => {
  test('in JSON gives the occupancy of its request', () => {
    expect(readAnthropicMessage(request, message)).toEqual({ observations: [observation], ignored: [] });
  });

  test('to a subagent counts for the subagent', () => {
    const headers = { ...request.headers, 'x-claude-code-agent-id': 'a1' };
    expect(readAnthropicMessage({ headers }, message).observations).toEqual([
      {
        sessionId: 's1',
        source: 'gateway',
        requestId: 'msg_1',
        subagent: { name: 'a1', tokensUsed: 3_210 },
      },
    ]);
  });

  test('to a background request, which offers no tools, does not count', () => {
    const background = { ...request, body: { messages: [] } };
    expect(readAnthropicMessage(background, message)).toEqual({
      observations: [],
      ignored: [{ source: 'gateway', reason: 'background_request' }],
    });
    const main = { ...request, body: { tools: [{ name: 'Bash' }] } };
    expect(readAnthropicMessage(main, message).observations).toEqual([observation]);
  });

  test('without a session or usage, or that is not an object, gives nothing', () => {
    expect(readAnthropicMessage({ headers: {} }, message).observations).toEqual([]);
    expect(readAnthropicMessage(request, { type: 'error' }).observations).toEqual([]);
    expect(readAnthropicMessage(request, 'x').ignored[0]?.reason).toBe('not_an_object');
  });
});

/** A turn with an advisor: the top level of its usage is the sum of its calls. */
const iterations = [
  { type: 'message', input_tokens: 2, cache_read_input_tokens: 228_645 },
  { type: 'advisor_message', input_tokens: 231_470 },
  { type: 'message', input_tokens: 2, cache_creation_input_tokens: 1_918, cache_read_input_tokens: 229_078 },
];
const tokensOf = (iterations: unknown) =>
  readAnthropicMessage(request, { ...message, usage: { ...usage, iterations } }).observations[0]?.tokensUsed;

describe('a turn of several model calls', () => {
  test.each([
    ['its last call', iterations, 230_998],
    ['the call before an advisor', [...iterations, iterations[1]], 230_998],
    ['the call before a compaction', [...iterations, { type: 'compaction', input_tokens: 90_000 }], 230_998],
    ['the call before one of zeros', [...iterations, { type: 'message', input_tokens: 0 }], 230_998],
    ['a call without a type', [{ input_tokens: 7 }], 7],
    ['its top level if there are none', [], 3_210],
    ['its top level if none belongs to the conversation', [iterations[1]], 3_210],
    ['its top level if the last is malformed', [...iterations, null], 3_210],
    ['its top level if a figure is malformed', [{ type: 'message', input_tokens: 'many' }], 3_210],
    ['its top level if they are not a list', { 0: iterations[0] }, 3_210],
  ])('has the occupancy of %s', (_, given, tokensUsed) => {
    expect(tokensOf(given)).toBe(tokensUsed);
  });

  test('has the same occupancy in a stream, which lists the calls at its end', () => {
    const end = { ...usage, input_tokens: 460_078, iterations };
    expect(streamed(events(message, end)).observations[0]?.tokensUsed).toBe(230_998);
    const zeros = { ...message, usage: { input_tokens: 0, output_tokens: 0 } };
    expect(streamed(events(zeros, end)).observations[0]?.tokensUsed).toBe(230_998);
    expect(streamed(events(message, { ...end, iterations: [] })).observations[0]?.tokensUsed).toBe(3_210);
  });
});

describe('a streamed Messages response', () => {
  test('gives the same result however it is split into chunks', () => {
    const text = events(message, { output_tokens: 900 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: text.length }), fc.boolean(), (chunkBytes, carriage) => {
        const sent = carriage ? text.replaceAll('\n', '\r\n') : text;
        expect(streamed(sent, chunkBytes).observations).toEqual([observation]);
      }),
    );
  });

  test('gives the figures at its end if a gateway sends them only there', () => {
    const zeros = { ...message, usage: { input_tokens: 0, output_tokens: 0 } };
    expect(streamed(events(zeros, usage)).observations).toEqual([observation]);
  });

  test('keeps the figures of its start if its end adds up server-side tool calls', () => {
    expect(streamed(events(message, { ...usage, input_tokens: 90_000 })).observations).toEqual([observation]);
  });

  test('that never started, is malformed or has a line that is too long gives nothing', () => {
    expect(streamed('data: {"type":"ping"}\n').ignored[0]?.reason).toBe('missing_usage');
    expect(streamed('data: {"type":"message_start",\n').ignored[0]?.reason).toBe('unreadable');
    expect(streamed('data: {"type":"message_start","message":5}\n').ignored[0]?.reason).toBe('missing_usage');
    const long = { ...message, content: 'x'.repeat(70_000) };
    expect(streamed(events(long, usage), 1_000).ignored[0]?.reason).toBe('missing_usage');
  });
});
