import { describe, expect, test } from 'vitest';
import { readTranscriptLine } from './transcript.ts';

const assistant = {
  type: 'assistant',
  sessionId: 's1',
  timestamp: '2026-11-23T00:00:00.000Z',
  cwd: '/home/ann/api',
  requestId: 'req_1',
  isSidechain: false,
  message: {
    model: 'claude-sonnet-5',
    content: [{ type: 'text', text: 'hello' }],
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 200,
      cache_read_input_tokens: 3_000,
      output_tokens: 9,
    },
  },
};
const read = (changes: object) => readTranscriptLine(JSON.stringify({ ...assistant, ...changes }));
const nothing = { observations: [], ignored: [] };

describe('a transcript line', () => {
  test('of the assistant gives the occupancy of its request', () => {
    expect(read({})).toEqual({
      observations: [
        {
          sessionId: 's1',
          source: 'transcript',
          atMillis: Date.UTC(2026, 10, 23),
          tokensUsed: 3_210,
          model: 'claude-sonnet-5',
          requestId: 'req_1',
          project: 'api',
        },
      ],
      ignored: [],
    });
  });

  test.each([
    ['a subagent', { isSidechain: true }],
    ['an API error', { isApiErrorMessage: true }],
    [
      'a message that did not come from a model',
      { message: { model: '<synthetic>', usage: { input_tokens: 0 } } },
    ],
    ['a message without usage', { message: {} }],
    ['the user', { type: 'user', message: { content: 'x' } }],
    ['a summary', { type: 'summary', summary: 'x' }],
  ])('of %s gives nothing', (_, changes) => {
    expect(read(changes)).toEqual(nothing);
  });

  test('of a compaction gives its trigger and the tokens before it', () => {
    const boundary = {
      type: 'system',
      subtype: 'compact_boundary',
      compactMetadata: { trigger: 'auto', preTokens: 167_189 },
    };
    expect(read(boundary).observations[0]?.compaction).toEqual({ trigger: 'auto', tokensBefore: 167_189 });
  });

  test('of a title names the session, and distinguishes the user’s title from a generated one', () => {
    expect(read({ type: 'custom-title', customTitle: 'Mine' }).observations[0]?.sessionName).toEqual({
      text: 'Mine',
      generated: false,
    });
    expect(read({ type: 'ai-title', aiTitle: 'Its' }).observations[0]?.sessionName).toEqual({
      text: 'Its',
      generated: true,
    });
    expect(read({ type: 'ai-title' })).toEqual(nothing);
  });

  test('without a time gives no figure, and a title in it is not activity', () => {
    expect(read({ timestamp: undefined })).toEqual({
      observations: [],
      ignored: [{ source: 'transcript', reason: 'missing_time' }],
    });
    const title = read({ type: 'ai-title', aiTitle: 'Its', timestamp: undefined });
    expect(title.observations[0]).toMatchObject({ isTimeless: true, sessionName: { text: 'Its' } });
  });

  test('that a fork copied from its parent is marked', () => {
    expect(read({ forkedFrom: { sessionId: 's0' } }).observations[0]?.isInherited).toBe(true);
    expect(read({}).observations[0]).toMatchObject({ isInherited: undefined });
  });

  test('of a request or of costs gives the windows that it proves', () => {
    const betas = ['oauth-2025-04-20', 'context-1m-2025-08-07'];
    const sent = { type: 'api-request', querySource: 'repl_main_thread', params: { model: 'm', betas } };
    const large = { windowTokens: 1_000_000 };
    expect(read(sent).observations[0]?.modelWindows).toEqual([{ model: 'm', ...large }]);
    expect(read({ ...sent, querySource: 'compact' })).toEqual(nothing);
    expect(read({ ...sent, params: { model: 'm', betas: [] } })).toEqual(nothing);
    const modelUsage = {
      'claude-sonnet-4-5[1m]': {},
      'claude-haiku-4-5': { contextWindow: 200_000 },
      other: {},
    };
    expect(read({ type: 'cost-state', modelUsage }).observations[0]?.modelWindows).toEqual([
      { model: 'claude-sonnet-4-5[1m]', ...large },
      { model: 'claude-haiku-4-5', windowTokens: 200_000 },
    ]);
  });

  test('without a session belongs to the session in the file name', () => {
    const line = JSON.stringify({ ...assistant, sessionId: undefined });
    expect(readTranscriptLine(line, 'file').observations[0]?.sessionId).toBe('file');
    expect(readTranscriptLine(line).ignored).toEqual([
      { source: 'transcript', reason: 'missing_session_id' },
    ]);
  });

  test.each([
    ['{"half', 'unreadable'],
    ['7', 'not_an_object'],
    ['{"type":"telepathy"}', 'unknown_event'],
    ['{}', 'unknown_event'],
  ])('with the text %j is counted as ignored: %s', (line, reason) => {
    expect(readTranscriptLine(line)).toEqual({
      observations: [],
      ignored: [{ source: 'transcript', reason }],
    });
  });
});
