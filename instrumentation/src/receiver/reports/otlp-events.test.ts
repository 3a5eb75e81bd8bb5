import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, test } from 'vitest';
import { readOtlpLogs, readOtlpLogsProtobuf } from './otlp-events.ts';

type Scalar = string | number | boolean;

const valueOf = (value: Scalar) => {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
};
const keyValues = (attributes: Record<string, Scalar>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));

function logs(attributes: Record<string, Scalar>, record: object = {}) {
  return {
    resourceLogs: [
      {
        resource: { attributes: keyValues({ 'service.name': 'claude-code', 'host.name': 'desk' }) },
        scopeLogs: [
          {
            scope: { name: 'com.anthropic.claude_code.events' },
            logRecords: [
              { timeUnixNano: '1795392000000000000', attributes: keyValues(attributes), ...record },
            ],
          },
        ],
      },
    ],
  };
}

const request = {
  'event.name': 'api_request',
  'event.timestamp': '2026-11-23T00:00:01.500Z',
  'event.sequence': 7,
  'session.id': 's1',
  model: 'claude-opus-4-8',
  input_tokens: 500,
  output_tokens: 9_000,
  cache_read_tokens: '70000',
  cache_creation_tokens: 7_000,
  cost_usd: 0.125,
  request_id: 'req_1',
  query_source: 'repl_main_thread',
};
const first = (attributes: Record<string, Scalar>) => readOtlpLogs(logs(attributes)).observations[0];
const reasons = (attributes: Record<string, Scalar>) =>
  readOtlpLogs(logs(attributes)).ignored.map(({ reason }) => reason);

test('an event says which account pays, or which organization', () => {
  const organization = { ...request, 'organization.id': 'acme', 'user.id': 'device' };
  expect(first(organization)?.accountId).toBe('acme');
  expect(first({ ...organization, 'user.account_uuid': 'ann' })?.accountId).toBe('ann');
  expect(first(request)?.accountId).toBeUndefined();
});

describe('an api_request event', () => {
  test('of the main thread gives the occupancy with both cache figures and without output', () => {
    expect(readOtlpLogs(logs(request))).toEqual({
      observations: [
        {
          sessionId: 's1',
          source: 'otlp',
          atMillis: Date.UTC(2026, 10, 23, 0, 0, 1, 500),
          sequence: 7,
          host: 'desk',
          requestId: 'req_1',
          cost: { of: 'request', usd: 0.125 },
          tokensUsed: 77_500,
          model: 'claude-opus-4-8',
        },
      ],
      ignored: [],
    });
  });

  test.each(['repl_main_thread', 'repl_main_thread:outputStyle:custom', 'sdk'])(
    'counts if its query source is %s',
    (querySource) => {
      expect(first({ ...request, query_source: querySource })?.tokensUsed).toBe(77_500);
    },
  );

  test.each([
    ['compact', []],
    ['generate_session_title', []],
    ['prompt_suggestion', []],
    ['session_memory', []],
    ['telepathy', ['unknown_query_source']],
    ['', ['unknown_query_source']],
    [true, ['wrong_type']],
  ])('adds only its cost if its query source is %j', (querySource, expected) => {
    const attributes = { ...request, query_source: querySource };
    expect(first(attributes)).toMatchObject({ cost: { of: 'request', usd: 0.125 } });
    expect(first(attributes)).not.toHaveProperty('tokensUsed');
    expect(reasons(attributes)).toEqual(expected);
  });

  test('of a version without a query source is marked, so that the session decides what it was for', () => {
    const { query_source: _, ...older } = request;
    expect(first(older)).toMatchObject({ tokensUsed: 77_500, unattributed: { isCached: true } });
    expect(reasons(older)).toEqual([]);
  });

  test('of a subagent counts for the subagent', () => {
    const subagent = { name: 'Explore', tokensUsed: 77_500 };
    expect(first({ ...request, 'agent.name': 'Explore' })).toMatchObject({ subagent });
    expect(first({ ...request, query_source: 'agent:Explore' })).toMatchObject({ subagent });
    expect(first({ ...request, 'agent.name': 'Explore' })).not.toHaveProperty('tokensUsed');
  });

  test('is recognized by its attribute, its body or its event name', () => {
    const { 'event.name': _, ...nameless } = request;
    const byBody = logs(nameless, { body: { stringValue: 'claude_code.api_request' } });
    const byField = logs(nameless, { eventName: 'claude_code.api_request' });
    expect(readOtlpLogs(byBody).observations[0]?.tokensUsed).toBe(77_500);
    expect(readOtlpLogs(byField).observations[0]?.tokensUsed).toBe(77_500);
  });

  test('takes its time from the record if it has none itself', () => {
    const { 'event.timestamp': _, ...timeless } = request;
    expect(first(timeless)?.atMillis).toBe(1_795_392_000_000);
    expect(readOtlpLogs(logs(timeless, { timeUnixNano: 'soon' })).observations[0]?.atMillis).toBeUndefined();
  });

  test('without readable tokens gives only its cost', () => {
    const attributes = { ...request, cache_read_tokens: 'lots' };
    expect(first(attributes)).not.toHaveProperty('tokensUsed');
    expect(reasons(attributes)).toEqual(['wrong_type', 'missing_usage']);
  });
});

describe('a compaction event', () => {
  const compaction = {
    'event.name': 'compaction',
    'session.id': 's1',
    trigger: 'auto',
    success: 'true',
    pre_tokens: 167_189,
    post_tokens: 21_000,
  };

  test('gives the trigger and the tokens before and after', () => {
    expect(first(compaction)?.compaction).toEqual({
      trigger: 'auto',
      tokensBefore: 167_189,
      tokensAfter: 21_000,
    });
    expect(first({ ...compaction, success: true })?.compaction).toBeDefined();
  });

  test('of a failed compaction is counted as ignored', () => {
    expect(first({ ...compaction, success: 'false' })).not.toHaveProperty('compaction');
    expect(reasons({ ...compaction, success: 'false' })).toEqual(['failed_compaction']);
  });

  test('of a subagent does not count for the session', () => {
    expect(first({ ...compaction, 'agent.name': 'Explore' })).not.toHaveProperty('compaction');
  });
});

describe('other events', () => {
  test('give the tokens of a subagent at its end', () => {
    const done = { 'event.name': 'subagent_completed', 'session.id': 's1', total_tokens: 34_000 };
    expect(first({ ...done, agent_type: 'Plan' })?.subagent).toEqual({ name: 'Plan', tokensUsed: 34_000 });
    expect(first(done)).not.toHaveProperty('subagent');
  });

  test('show that the session is alive', () => {
    expect(first({ 'event.name': 'user_prompt', 'session.id': 's1', prompt: 'x' })).toEqual({
      sessionId: 's1',
      source: 'otlp',
      atMillis: 1_795_392_000_000,
      host: 'desk',
    });
  });

  test('that are unknown or have no session are counted as ignored', () => {
    expect(reasons({ 'event.name': 'telepathy', 'session.id': 's1' })).toEqual(['unknown_event']);
    expect(reasons({ 'event.name': 'user_prompt' })).toEqual(['missing_session_id']);
  });
});

describe('protobuf', () => {
  test('from OpenTelemetry’s own encoder gives the same result as JSON', () => {
    const encoded = ProtobufLogsSerializer.serializeRequest([
      {
        hrTime: [1_795_392_000, 0],
        hrTimeObserved: [1_795_392_000, 0],
        body: 'claude_code.api_request',
        attributes: { ...request, cache_read_tokens: 70_000, flag: true, list: ['a', { b: 1 }] },
        resource: resourceFromAttributes({ 'service.name': 'claude-code', 'host.name': 'desk' }),
        instrumentationScope: { name: 'com.anthropic.claude_code.events' },
        droppedAttributesCount: 0,
      } as never,
    ])!;
    expect(readOtlpLogsProtobuf(encoded)).toEqual(readOtlpLogs(logs(request)));
  });

  test.each([
    ['that ends in the middle', [0x0a, 0x05, 0x01]],
    ['with a length past its end', [0x0a, 0xff, 0xff, 0xff, 0x7f]],
    ['with an endless number', Array.from({ length: 11 }, () => 0xff)],
    ['of a wire type that does not exist', [0x0f]],
  ])('%s is counted as unreadable', (_, bytes) => {
    expect(readOtlpLogsProtobuf(Uint8Array.from(bytes))).toEqual({
      observations: [],
      ignored: [{ source: 'otlp', reason: 'unreadable' }],
    });
  });
});
