import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnthropicMessageStream, readAnthropicMessage } from './reports/anthropic-messages.ts';
import { readHook } from './reports/hooks.ts';
import type { Adapted } from './reports/observation.ts';
import { readOtlpLogs, readOtlpLogsProtobuf } from './reports/otlp-events.ts';
import { estimateFromSize } from './reports/size-estimate.ts';
import { readStatusline } from './reports/statusline.ts';
import { readTranscriptLine } from './reports/transcript.ts';

const gatewayRequest = { headers: { 'x-claude-code-session-id': 's1' } };
const otlp = (attributes: unknown, more: object = {}) => ({
  resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [{ attributes, ...more }] }] }],
});

const adapters: Record<string, (payload: unknown) => Adapted> = {
  statusline: readStatusline,
  hook: readHook,
  otlp: readOtlpLogs,
  'otlp attributes': (payload) => readOtlpLogs(otlp(payload)),
  transcript: (payload) => readTranscriptLine(JSON.stringify(payload) ?? '', 's1'),
  gateway: (payload) => readAnthropicMessage(gatewayRequest, payload),
  'gateway usage': (payload) => readAnthropicMessage(gatewayRequest, { usage: payload }),
};

/** Values as hostile as JSON allows, under the names that the adapters look at. */
const value = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    '1e400',
    '-5',
    'NaN',
    '__proto__',
    '\uD800',
    '1'.repeat(40),
    's1',
    'assistant',
    'api_request',
  ),
);
const names = [
  'session_id sessionId context_window current_usage context_window_size input_tokens model id session_name workspace',
  'project_dir cwd cost total_cost_usd rate_limits five_hour used_percentage resets_at hook_event_name trigger type',
  'message usage timestamp customTitle compactMetadata preTokens cache_read_input_tokens resourceLogs scopeLogs',
  'logRecords attributes key value stringValue intValue body subtype requestId timeUnixNano tools',
]
  .join(' ')
  .split(' ');
const { payload } = fc.letrec<{ payload: unknown; field: unknown }>((tie) => ({
  payload: fc.dictionary(fc.constantFrom(...names), tie('field'), { maxKeys: 12 }),
  field: fc.oneof({ maxDepth: 4 }, value, tie('payload'), fc.array(tie('payload'), { maxLength: 3 })),
}));

function expectSafe({ observations, ignored }: Adapted): void {
  for (const observation of observations) {
    for (const leaf of leavesOf(observation)) expect(leaf).toSatisfy(isSafe);
    expect(observation.sessionId).toMatch(/^[\w.:-]{1,128}$/);
  }
  for (const { reason } of ignored) expect(reason).toMatch(/^[a-z_]+$/);
}

function leavesOf(node: unknown): unknown[] {
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(leavesOf) : [node];
}

function isSafe(leaf: unknown): boolean {
  if (typeof leaf === 'number') return leaf >= 0 && Number.isFinite(leaf);
  if (typeof leaf === 'string')
    return leaf.length <= 128 && leaf.isWellFormed() && !/[\p{Cc}\p{Cf}]/u.test(leaf);
  return leaf === undefined || typeof leaf === 'boolean';
}

describe.each(Object.entries(adapters))('the %s adapter', (_, adapt) => {
  test('never throws and never returns an unsafe number or text', () => {
    fc.assert(
      fc.property(fc.oneof(payload, fc.anything({ withNullPrototype: true }), value), (given) => {
        expectSafe(adapt(given));
      }),
      { numRuns: 200 },
    );
  });
});

describe('bytes', () => {
  test('that mean nothing never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, text) => {
        expectSafe(readOtlpLogsProtobuf(bytes));
        expectSafe(readTranscriptLine(text));
        const stream = new AnthropicMessageStream(gatewayRequest);
        stream.push(bytes);
        stream.push(new TextEncoder().encode(`\ndata: {"type":"message_start","message":${text}}\n`));
        expectSafe(stream.result());
      }),
      { numRuns: 200 },
    );
  });
});

describe('a payload that is made to be slow', () => {
  const long = 500_000;

  test.each([
    ['slashes', `${'/'.repeat(long)}x`],
    ['digits', '1'.repeat(long)],
    ['spaces', `${' '.repeat(long)}x`],
    ['letters', 'x'.repeat(long)],
  ])('of %s is read at once', (_, text) => {
    const fields = { cwd: text, session_name: text, model: { id: text }, cost: { total_cost_usd: text } };
    const started = process.cpuUsage();
    readStatusline({ session_id: 's1', ...fields, workspace: { project_dir: text } });
    readHook({ session_id: text, hook_event_name: text, cwd: text });
    readOtlpLogs(otlp([{ key: 'event.timestamp', value: { stringValue: text } }], { timeUnixNano: text }));
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});

describe('what the user wrote', () => {
  const secret = 'MARKED-SECRET';
  const words = {
    prompt: secret,
    summary: secret,
    compact_summary: secret,
    tool_input: { command: secret },
    tool_response: secret,
    tool_output: secret,
    error: secret,
    content: [{ text: secret }],
    last_assistant_message: secret,
    cwd: `/home/${secret}/api`,
    transcript_path: `/home/${secret}/x.jsonl`,
  };
  const usage = { input_tokens: 1, [secret]: secret };
  const timestamp = '2026-11-27T00:00:00.000Z';
  const attributes = Object.entries({
    'session.id': 's1',
    query_source: 'sdk',
    input_tokens: '5',
    ...words,
  }).map(([key, text]) => ({ key, value: { stringValue: JSON.stringify(text).replaceAll('"', '') } }));
  const named = (name: string) => [...attributes, { key: 'event.name', value: { stringValue: name } }];
  const text = { body: { stringValue: secret } };

  test.each<[string, () => Adapted]>([
    [
      'the status line',
      () => readStatusline({ session_id: 's1', ...words, context_window: { current_usage: usage } }),
    ],
    ['a prompt hook', () => readHook({ session_id: 's1', hook_event_name: 'UserPromptSubmit', ...words })],
    ['a compaction hook', () => readHook({ session_id: 's1', hook_event_name: 'PostCompact', ...words })],
    ['a tool hook', () => readHook({ session_id: 's1', hook_event_name: 'PostToolUse', ...words })],
    ['a request event', () => readOtlpLogs(otlp(named('api_request'), text))],
    ['a prompt event', () => readOtlpLogs(otlp(named('user_prompt'), text))],
    ['a tool event', () => readOtlpLogs(otlp(named('tool_result'), text))],
    [
      'an assistant line',
      () =>
        readTranscriptLine(
          JSON.stringify({
            type: 'assistant',
            sessionId: 's1',
            timestamp,
            ...words,
            message: { usage, ...words },
          }),
        ),
    ],
    [
      'a boundary line',
      () =>
        readTranscriptLine(
          JSON.stringify({
            type: 'system',
            subtype: 'compact_boundary',
            sessionId: 's1',
            timestamp,
            ...words,
          }),
        ),
    ],
    [
      'a response',
      () => readAnthropicMessage({ ...gatewayRequest, body: { tools: [words] } }, { usage, ...words }),
    ],
  ])('is not in the result of %s', (_, adapt) => {
    const adapted = adapt();
    expect(adapted.observations).toHaveLength(1);
    expect(JSON.stringify(adapted)).not.toContain(secret);
  });

  test('is not in the result of a line, an event or a stream that means nothing', () => {
    const stream = new AnthropicMessageStream(gatewayRequest);
    stream.push(new TextEncoder().encode(`data: {"type":"message_start",${secret}\n`));
    for (const adapted of [
      readTranscriptLine(secret),
      readOtlpLogs(otlp(attributes, text)),
      stream.result(),
    ]) {
      expect(adapted.ignored).not.toHaveLength(0);
      expect(JSON.stringify(adapted)).not.toContain(secret);
    }
  });
});

describe('an estimate', () => {
  test('counts 3.5 characters per token and is marked as an estimate', () => {
    expect(estimateFromSize('s1', 35_001)).toEqual({
      sessionId: 's1',
      source: 'estimate',
      tokensUsed: 10_001,
    });
  });

  test.each([-1, Number.NaN, Infinity])('of %d characters gives nothing', (characters) => {
    expect(estimateFromSize('s1', characters)).toBeUndefined();
  });
});
