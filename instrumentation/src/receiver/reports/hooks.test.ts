import { describe, expect, test } from 'vitest';
import { readHook } from './hooks.ts';

const hook = (event: unknown, more: object = {}) =>
  readHook({ session_id: 's1', cwd: '/home/ann/api', hook_event_name: event, ...more });

describe('a hook', () => {
  test('shows that the session is alive, and in which project', () => {
    expect(hook('UserPromptSubmit', { prompt: 'hello' })).toEqual({
      observations: [{ sessionId: 's1', source: 'hook', project: 'api' }],
      ignored: [],
    });
  });

  test.each([
    ['auto', 'auto'],
    ['manual', 'manual'],
    ['lunar', 'unknown'],
    [undefined, 'unknown'],
  ])('of a compaction with the trigger %s gives the trigger %s', (given, trigger) => {
    expect(hook('PostCompact', { trigger: given }).observations[0]?.compaction).toEqual({ trigger });
  });

  test('before a compaction reports no compaction', () => {
    expect(hook('PreCompact', { trigger: 'auto' }).observations[0]?.compaction).toBeUndefined();
  });

  test.each([
    ['SessionStart', { source: 'resume', context_tokens: 151_000 }, 151_000, undefined],
    ['SessionStart', { source: 'fork', context_tokens: 151_000 }, 151_000, undefined],
    ['SessionStart', { source: 'resume', context_tokens: 0 }, undefined, undefined],
    ['PostModelSwitch', { to_model: 'claude-haiku-4-5', context_tokens: 9 }, 9, 'claude-haiku-4-5'],
  ])('of %s %j gives the tokens of the session, without a crossing', (event, more, tokensUsed, model) => {
    expect(hook(event, more).observations[0]).toMatchObject({ isInherited: true });
    expect(hook(event, more).observations[0]).toEqual(expect.objectContaining({ tokensUsed, model }));
  });

  test('of a new session gives no figure', () => {
    expect(hook('SessionStart', { source: 'startup', context_tokens: 5 }).observations[0]).not.toHaveProperty(
      'tokensUsed',
    );
  });

  test('ends the session', () => {
    expect(hook('SessionEnd', { reason: 'clear' }).observations[0]?.ended).toBe(true);
  });

  test('inside a subagent only shows that the session is alive', () => {
    for (const event of ['SessionEnd', 'PostCompact']) {
      expect(hook(event, { agent_id: 'a1' }).observations).toEqual([{ sessionId: 's1', source: 'hook' }]);
    }
  });

  test.each(['FutureEvent', undefined, 7, 'toString'])('counts an unknown event as ignored: %s', (event) => {
    expect(hook(event)).toEqual({ observations: [], ignored: [{ source: 'hook', reason: 'unknown_event' }] });
  });
});
