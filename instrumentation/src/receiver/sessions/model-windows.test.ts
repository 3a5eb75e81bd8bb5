import { describe, expect, test } from 'vitest';
import { windowOf, windowOfModel, windowSettingsFrom } from './model-windows.ts';

describe('the window of a model', () => {
  test.each([
    ['claude-opus-4-7', 1_000_000],
    ['claude-opus-4-8-20260801', 1_000_000],
    ['claude-opus-5', 1_000_000],
    ['claude-sonnet-5', 1_000_000],
    ['claude-sonnet-5-20260301', 1_000_000],
    ['claude-fable-5', 1_000_000],
    ['claude-haiku-4-5[1m]', 1_000_000],
    ['claude-haiku-5-5', 1_000_000],
    ['claude-opus-5-5', 1_000_000],
    ['claude-sonnet-4-5[1m]', 1_000_000],
    ['claude-opus-4-6[1m]', 1_000_000],
    ['us.anthropic.claude-sonnet-4-6-v1:0', 200_000],
    ['claude-sonnet-4-6', 200_000],
    ['opus[1M]', 1_000_000],
    ['us.anthropic.claude-opus-4-7-v1:0[1m]', 1_000_000],
    ['claude-opus-4-6', 200_000],
    ['claude-opus-4-20250514', 200_000],
    ['claude-opus-4-5-20251101', 200_000],
    ['claude-sonnet-4-5-20250929', 200_000],
    ['claude-haiku-4-5-20251001', 200_000],
    ['claude-3-5-sonnet-20241022', 200_000],
    ['us.anthropic.claude-opus-4-7-v1:0', 1_000_000],
    ['arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-4-8', 1_000_000],
    ['claude-opus-4-7@20260401', 200_000],
    ['azure/claude-opus-4-8', 200_000],
  ])('of %s is %d tokens, by the table', (model, tokens) => {
    expect(windowOfModel(model)).toEqual({ tokens, source: 'model' });
  });

  test('without an id is the default', () => {
    expect(windowOfModel(undefined)).toEqual({ tokens: 200_000, source: 'default' });
  });

  test.each(['gpt-7', 'sonnet', 'claude-next-1'])('of the unknown model %s is the large one', (model) => {
    expect(windowOfModel(model)).toEqual({ tokens: 1_000_000, source: 'default' });
    expect(windowOf({ model, isForeign: true })).toEqual({ tokens: 200_000, source: 'default' });
  });
});

describe('the window of a session', () => {
  const all = { explicitTokens: 500_000, statuslineTokens: 300_000, model: 'claude-opus-4-7' };

  test('is the explicit one, else that of the status line, else that of the model', () => {
    expect(windowOf(all)).toEqual({ tokens: 500_000, source: 'explicit' });
    expect(windowOf({ ...all, explicitTokens: undefined })).toEqual({
      tokens: 300_000,
      source: 'statusline',
    });
    expect(windowOf({ model: all.model })).toEqual({ tokens: 1_000_000, source: 'model' });
  });

  test('becomes a million when it contains more tokens than it can hold', () => {
    const evidence = { statuslineTokens: 200_000, model: 'claude-opus-4-6' };
    expect(windowOf({ ...evidence, peakTokensUsed: 200_000 }).source).toBe('statusline');
    expect(windowOf({ ...evidence, peakTokensUsed: 200_001 })).toEqual({
      tokens: 1_000_000,
      source: 'healed',
    });
  });

  test('ignores 200,000 from a status line if the model has more, unless a compaction proves it', () => {
    const evidence = { statuslineTokens: 200_000, model: 'claude-fable-5' };
    expect(windowOf(evidence)).toEqual({ tokens: 1_000_000, source: 'model' });
    expect(windowOf({ ...evidence, model: 'claude-next-1' }).source).toBe('statusline');
    expect(windowOf({ ...evidence, statuslineTokens: 300_000 }).source).toBe('statusline');
    expect(windowOf({ ...evidence, leastCompactedTokens: 167_000 })).toEqual({
      tokens: 200_000,
      source: 'statusline',
    });
  });

  test('is 200,000 where the settings disable the large one, until more tokens are in use', () => {
    const evidence = { statuslineTokens: 200_000, model: 'claude-fable-5', isLargeDisabled: true };
    expect(windowOf(evidence)).toEqual({ tokens: 200_000, source: 'statusline' });
    expect(windowOf({ model: 'claude-sonnet-4-5[1m]', isLargeDisabled: true }).tokens).toBe(200_000);
    expect(windowOf({ ...evidence, statuslineTokens: 1_000_000 }).tokens).toBe(1_000_000);
    expect(windowOf({ ...evidence, peakTokensUsed: 210_000 }).source).toBe('healed');
  });

  test('comes from the transcript before it comes from the model’s id', () => {
    const evidence = { transcriptTokens: 1_000_000, model: 'claude-sonnet-4-5' };
    expect(windowOf(evidence)).toEqual({ tokens: 1_000_000, source: 'transcript' });
    expect(windowOf({ ...evidence, statuslineTokens: 300_000 }).source).toBe('statusline');
    expect(windowOf({ ...evidence, statuslineTokens: 200_000 }).source).toBe('transcript');
  });

  test('stays as it is if someone set it, or above a million', () => {
    expect(windowOf({ explicitTokens: 100, peakTokensUsed: 200 })).toEqual({
      tokens: 100,
      source: 'explicit',
    });
    expect(windowOf({ model: 'claude-opus-5', peakTokensUsed: 2_000_000 }).tokens).toBe(1_000_000);
  });
});

describe('the environment', () => {
  test('sets every session’s window', () => {
    const settings = windowSettingsFrom({ CLAUDE_CODE_MAX_CONTEXT_TOKENS: ' 400000 ' });
    expect(windowOf({ statuslineTokens: 200_000 }, settings)).toEqual({
      tokens: 400_000,
      source: 'explicit',
    });
  });

  test.each(['opus-4=300000, claude-opus-4-9 = 700000', '{"opus-4":300000,"claude-opus-4-9":"700000"}'])(
    'sets windows by part of the model’s id, the longest first: %s',
    (text) => {
      const settings = windowSettingsFrom({ CTXD_MODEL_WINDOWS: text });
      expect(windowOf({ model: 'claude-opus-4-9-20261101' }, settings).tokens).toBe(700_000);
      expect(windowOf({ model: 'claude-opus-4-1' }, settings).tokens).toBe(300_000);
      expect(windowOf({ model: 'claude-haiku-4-5' }, settings).source).toBe('model');
    },
  );

  test('that is empty changes nothing', () => {
    const settings = windowSettingsFrom({ CLAUDE_CODE_MAX_CONTEXT_TOKENS: '', CTXD_MODEL_WINDOWS: ' ' });
    expect(windowOf({}, settings)).toEqual({ tokens: 200_000, source: 'default' });
  });

  test.each([
    [{ CLAUDE_CODE_MAX_CONTEXT_TOKENS: 'lots' }, '`CLAUDE_CODE_MAX_CONTEXT_TOKENS`', '`lots`'],
    [{ CLAUDE_CODE_MAX_CONTEXT_TOKENS: '0' }, '`CLAUDE_CODE_MAX_CONTEXT_TOKENS`', '`0`'],
    [{ CTXD_MODEL_WINDOWS: 'opus=-5' }, '`CTXD_MODEL_WINDOWS`', '`opus=-5`'],
    [{ CTXD_MODEL_WINDOWS: 'opus' }, '`CTXD_MODEL_WINDOWS`', '`opus`'],
    [{ CTXD_MODEL_WINDOWS: '{"opus":' }, '`CTXD_MODEL_WINDOWS`', '`{"opus":`'],
    [{ CTXD_MODEL_WINDOWS: '{"opus":1.5}' }, '`CTXD_MODEL_WINDOWS`', '`opus=1.5`'],
  ])('that is wrong is refused by name and value: %j', (environment, name, value) => {
    expect(() => windowSettingsFrom(environment)).toThrow(RangeError);
    expect(() => windowSettingsFrom(environment)).toThrow(name);
    expect(() => windowSettingsFrom(environment)).toThrow(value);
  });
});
