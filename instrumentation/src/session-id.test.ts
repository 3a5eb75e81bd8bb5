import { describe, expect, test } from 'vitest';
import {
  identifySession,
  refuseSessionId,
  sessionIdSources,
  sessionLabel,
  type SessionIdRequest,
} from './session-id.ts';

const connection = 'conn_127.0.0.1:52341';
const request = (rest: Partial<SessionIdRequest>): SessionIdRequest => ({ headers: {}, connection, ...rest });

describe('the list of sources', () => {
  const rungs: [string, Partial<SessionIdRequest>][] = [
    ['x-claude-code-session-id', { headers: { 'x-claude-code-session-id': 'a' } }],
    ['x-claude-session-id', { headers: { 'x-claude-session-id': 'a' } }],
    ['mcp-metadata', { body: { jsonrpc: '2.0', meta: { session_id: 'a' } } }],
    ['mcp-session-id', { headers: { 'mcp-session-id': 'a' } }],
    ['x-request-id', { headers: { 'x-request-id': 'a' } }],
    ['connection', { connection: 'a' }],
  ];

  test.each(rungs)('finds an id in %s', (source, rest) => {
    expect(identifySession(request({ connection: undefined, ...rest }))).toEqual({
      sessionId: 'a',
      source,
      refusals: [],
    });
  });

  test.each(rungs.slice(0, -1).map(([source], index) => [source, index] as const))(
    'prefers %s to everything below it',
    (source, index) => {
      const below = rungs.slice(index).map(([, rest]) => rest);
      const headers = Object.assign({}, ...below.map((rest) => rest.headers ?? {}));
      const body = below.find((rest) => rest.body)?.body;
      expect(identifySession({ headers, body, connection }).source).toBe(source);
    },
  );

  test('names its sources in the documented order', () => {
    expect(sessionIdSources.map(({ name }) => name)).toEqual(rungs.map(([source]) => source));
  });

  test('returns unknown if no source has an id', () => {
    expect(identifySession({ headers: {} })).toEqual({ sessionId: 'unknown', source: 'none', refusals: [] });
  });

  test('is replaceable', () => {
    const tenant = { name: 'tenant', read: ({ headers }: SessionIdRequest) => headers['x-tenant'] };
    expect(
      identifySession(request({ headers: { 'x-tenant': 't1', 'x-request-id': 'r' } }), [tenant]),
    ).toMatchObject({
      sessionId: 't1',
      source: 'tenant',
    });
  });
});

describe('the MCP metadata', () => {
  test.each([
    ['meta.session_id', { meta: { session_id: 'm' } }],
    ['params._meta.session_id', { params: { _meta: { session_id: 'm' } } }],
    ['params._meta.sessionId', { params: { _meta: { sessionId: 'm' } } }],
    ['the first message of a batch', [{ params: { _meta: { sessionId: 'm' } } }, {}]],
  ])('is read from %s', (_, body) => {
    expect(identifySession(request({ body })).sessionId).toBe('m');
  });

  test.each([undefined, null, 'text', 7, [], [null], {}, { params: null }, { params: { _meta: 'x' } }])(
    'is absent in %j without a refusal',
    (body) => {
      expect(identifySession(request({ body }))).toEqual({
        sessionId: connection,
        source: 'connection',
        refusals: [],
      });
    },
  );

  test('counts as unreadable when the body throws', () => {
    const body = {
      get meta() {
        throw new Error('revoked');
      },
    };
    expect(identifySession(request({ body }))).toMatchObject({
      sessionId: connection,
      refusals: ['unreadable'],
    });
  });
});

describe('an id', () => {
  test.each(['a', 'A-z_0.9:x', 'x'.repeat(128), '__proto__', 'constructor'])('may be %s', (id) => {
    expect(refuseSessionId(id)).toBeUndefined();
  });

  test.each([
    ['a b', 'invalid_character'],
    ['é', 'invalid_character'],
    ['a\n', 'invalid_character'],
    ['a\u202eb', 'invalid_character'],
    ['x'.repeat(129), 'too_long'],
    ['a, b', 'repeated'],
    [['a', 'b'], 'repeated'],
    [7, 'not_a_string'],
    [{}, 'not_a_string'],
  ])('may not be %j: %s', (id, reason) => {
    expect(refuseSessionId(id)).toBe(reason);
  });

  test('of any visible characters becomes one safe label', () => {
    const visible = Array.from({ length: 94 }, (_, index) => String.fromCodePoint(33 + index)).join('');
    for (const id of [visible, '<b>', 'a~b', 'a/b', '~'.repeat(128)]) {
      expect(refuseSessionId(id)).toBeUndefined();
      expect(sessionLabel(id)).toMatch(/^[\w.:-]{1,128}$/);
    }
    const ids = ['a~b', 'a=b', 'a+b', 'a/b', 'a{b', 'a}b', 'a_b'];
    expect(new Set(ids.map(sessionLabel)).size).toBe(ids.length);
    expect(sessionLabel('a-b_c.d:e')).toBe('a-b_c.d:e');
    const headers = { 'mcp-session-id': 'a~=+/{}', 'x-request-id': 'r' };
    expect(identifySession(request({ headers }))).toEqual({
      sessionId: sessionLabel('a~=+/{}'),
      source: 'mcp-session-id',
      refusals: [],
    });
  });

  test('that is refused is reported, and the next source is used', () => {
    const headers = {
      'x-claude-code-session-id': 'a b',
      'x-claude-session-id': 'a, b',
      'mcp-session-id': 'm',
    };
    expect(identifySession(request({ headers }))).toEqual({
      sessionId: 'm',
      source: 'mcp-session-id',
      refusals: ['invalid_character', 'repeated'],
    });
  });

  test('that is empty is absent, not refused', () => {
    expect(identifySession(request({ headers: { 'mcp-session-id': '' } }))).toMatchObject({
      source: 'connection',
      refusals: [],
    });
  });
});
