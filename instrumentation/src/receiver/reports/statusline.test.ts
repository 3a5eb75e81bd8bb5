import { describe, expect, test } from 'vitest';
import { readStatusline } from './statusline.ts';

/** As Claude Code 2.1.24x documents it. */
const payload = {
  session_id: 's1',
  session_name: 'Fix the parser',
  transcript_path: '/home/ann/.claude/projects/x/s1.jsonl',
  cwd: '/home/ann/work/api/src',
  model: { id: 'claude-opus-4-8[1m]', display_name: 'Opus' },
  version: '2.1.243',
  workspace: {
    current_dir: '/home/ann/work/api/src',
    project_dir: '/home/ann/work/api-folder',
    repo: { host: 'github.com', owner: 'acme', name: 'api' },
  },
  context_window: {
    total_input_tokens: 999,
    total_output_tokens: 999,
    context_window_size: 1_000_000,
    used_percentage: 8,
    remaining_percentage: 92,
    current_usage: {
      input_tokens: 500,
      output_tokens: 9_000,
      cache_creation_input_tokens: 7_000,
      cache_read_input_tokens: 70_000,
    },
  },
  exceeds_200k_tokens: false,
  cost: { total_cost_usd: 1.25, total_duration_ms: 60_000 },
  rate_limits: { five_hour: { used_percentage: 42.5, resets_at: 1_795_400_000 }, seven_day: {} },
};

const read = (changes: object) => readStatusline({ ...payload, ...changes });
const reasons = (changes: object) => read(changes).ignored.map(({ reason }) => reason);

describe('the status line', () => {
  test('gives all of the session’s figures and descriptions', () => {
    expect(readStatusline(payload)).toEqual({
      observations: [
        {
          sessionId: 's1',
          source: 'statusline',
          tokensUsed: 77_500,
          windowTokens: 1_000_000,
          model: 'claude-opus-4-8[1m]',
          sessionName: { text: 'Fix the parser', generated: false },
          project: 'api',
          cost: { of: 'session', usd: 1.25 },
          rateLimits: [{ window: 'five_hour', usedPercent: 42.5, resetsAtMillis: 1_795_400_000_000 }],
        },
      ],
      ignored: [],
    });
  });

  test('gives no occupancy before the first request and right after a compaction', () => {
    const { observations, ignored } = read({
      context_window: { context_window_size: 200_000, current_usage: null },
    });
    expect(observations[0]).toMatchObject({ tokensUsed: undefined, windowTokens: 200_000 });
    expect(ignored).toEqual([]);
  });

  test('gives no occupancy if all figures are zero', () => {
    const zeros = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const { observations, ignored } = read({ context_window: { current_usage: zeros }, prompt_cache: {} });
    expect([observations[0]?.tokensUsed, ignored]).toEqual([undefined, []]);
  });

  test('gives the context of each subagent', () => {
    const tasks = [
      { id: 't1', name: 'Explore', tokenCount: 9_000, contextWindowSize: 200_000 },
      { id: 't2', type: 'Plan', tokenCount: 0 },
      // As Claude Code 2.1.332 sends it.
      { id: 't3', type: 'local_agent', agentType: 'general-purpose', tokenCount: 51_005, status: 'running' },
    ];
    expect(readStatusline({ session_id: 's1', columns: 80, tasks })).toEqual({
      observations: [
        {
          sessionId: 's1',
          source: 'statusline',
          subagent: { name: 'Explore', tokensUsed: 9_000, windowTokens: 200_000 },
        },
        {
          sessionId: 's1',
          source: 'statusline',
          subagent: { name: 'general-purpose', tokensUsed: 51_005 },
        },
      ],
      ignored: [],
    });
  });

  test('in a worktree names the project from which it was started', () => {
    const worktree = { name: 'w1', original_cwd: '/home/ann/work/shop' };
    const workspace = { project_dir: '/home/ann/work/shop/.claude/worktrees/w1' };
    expect(read({ worktree, workspace }).observations[0]?.project).toBe('shop');
  });

  test('names the project by its folder if there is no repository, never by a path', () => {
    expect(read({ workspace: { project_dir: '/home/ann/work/api/' } }).observations[0]?.project).toBe('api');
    expect(read({ workspace: undefined, cwd: 'C:\\Users\\ann\\web' }).observations[0]?.project).toBe('web');
  });

  test('gives no occupancy if a cache figure is unreadable', () => {
    const usage = { input_tokens: 5, cache_read_input_tokens: 'many' };
    const { observations, ignored } = read({ context_window: { current_usage: usage } });
    expect(observations[0]?.tokensUsed).toBeUndefined();
    expect(ignored.map(({ reason }) => reason)).toEqual(['wrong_type', 'missing_usage']);
  });

  test.each([
    ['a missing session', { session_id: undefined }, ['missing_session_id']],
    ['a session id that cannot be a label', { session_id: 'a b' }, ['invalid_session_id']],
    ['a session id of another type', { session_id: 7 }, ['invalid_session_id']],
    ['a field of a later version', { telepathy: true }, ['unknown_field']],
    ['a window of no tokens', { context_window: { context_window_size: 0 } }, ['out_of_range']],
    ['a negative cost', { cost: { total_cost_usd: -1 } }, ['out_of_range']],
    ['a model that is not an id', { model: { id: 'no model at all' } }, ['wrong_type']],
    ['a list for an object', { rate_limits: [] }, ['wrong_type']],
    ['a name of another type', { session_name: {} }, ['wrong_type']],
  ])('counts %s as ignored', (_, changes, expected) => {
    expect(reasons(changes)).toEqual(expected);
  });

  test('cuts a name to one line of 128 characters', () => {
    const name = read({ session_name: `a\u0000\n\u202Eb${'x'.repeat(500)}` }).observations[0]?.sessionName
      ?.text;
    expect(name).toBe(`a b${'x'.repeat(125)}`);
  });

  test('never cuts a character in half', () => {
    expect(read({ session_name: 'a\uD800b' }).observations[0]?.sessionName?.text).toBe('a\uFFFDb');
    expect(read({ session_name: `${'x'.repeat(127)}😀` }).observations[0]?.sessionName?.text).toBe(
      'x'.repeat(127),
    );
  });

  test.each([null, 'text', 5, []])('counts a payload that is not an object as ignored: %j', (payload) => {
    expect(readStatusline(payload)).toEqual({
      observations: [],
      ignored: [{ source: 'statusline', reason: 'not_an_object' }],
    });
  });
});
