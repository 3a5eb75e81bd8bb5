import { describe, expect, test } from 'vitest';
import { demoMillis, idleTimeoutMillis, sessionScript, type SessionScript } from './session-script.ts';

const scripts = Array.from({ length: 400 }, (_, index) => sessionScript(Math.floor(index / 8), index % 8));
const peakPercent = ({ steps, windowTokens }: SessionScript) =>
  Math.max(...steps.map((step) => ('tokensUsed' in step ? (step.tokensUsed * 100) / windowTokens : 0)));

test('the same seed and number give the same script, and a different one gives a different script', () => {
  expect(sessionScript(7, 3)).toEqual(sessionScript(7, 3));
  expect(sessionScript(8, 3)).not.toEqual(sessionScript(7, 3));
  expect(sessionScript(7, 11).steps).not.toEqual(sessionScript(7, 3).steps);
});

test('every session has its own UUID', () => {
  const ids = scripts.map(({ sessionId }) => sessionId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids)
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

describe('the eight sessions of the default', () => {
  const eight = scripts.slice(0, 8);

  test('are known by the client in one half and by the server in the other', () => {
    expect(eight.filter(({ sendsOwnId }) => sendsOwnId)).toHaveLength(4);
  });

  test('reach 70 and 90, stay below, and overflow', () => {
    const peaks = eight.map(peakPercent);
    expect(peaks.filter((peak) => peak < 70)).toHaveLength(3);
    expect(peaks.filter((peak) => peak >= 70 && peak < 90)).toHaveLength(2);
    expect(peaks.filter((peak) => peak >= 90 && peak < 100)).toHaveLength(2);
    expect(peaks.filter((peak) => peak >= 100)).toEqual([105]);
  });

  test('end, go idle, and stay to the end', () => {
    const kinds = eight.map(({ steps }) => steps.at(-1)?.kind);
    expect(kinds.filter((kind) => kind === 'end')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'go-idle')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'report')).toHaveLength(3);
  });
});

test('no turn takes so long that the session expires', () => {
  for (const { steps } of scripts) {
    const gaps = steps.slice(1).map((step, index) => step.atMillis - steps[index]!.atMillis);
    expect(Math.min(...gaps)).toBeGreaterThan(0);
    expect(Math.max(...gaps)).toBeLessThan(idleTimeoutMillis / 4);
  }
});

test('the first warning comes within 15 seconds', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const eight = Array.from({ length: 8 }, (_, index) => sessionScript(seed, index));
    const crossings = eight.flatMap(({ steps, windowTokens }) =>
      steps.filter((step) => 'tokensUsed' in step && step.tokensUsed >= 0.7 * windowTokens),
    );
    expect(Math.min(...crossings.map(({ atMillis }) => atMillis))).toBeLessThan(10_000);
  }
});

test('one session is full in the end and stays', () => {
  const { steps, windowTokens } = sessionScript(7, 5);
  const last = steps.at(-1);
  expect(last).toMatchObject({ kind: 'report' });
  expect('tokensUsed' in last! && last.tokensUsed / windowTokens).toBeGreaterThan(0.9);
});

test('a checkpoint saves as many tokens as the context shrinks by', () => {
  for (const { steps } of scripts) {
    for (const [index, step] of steps.entries()) {
      if (step.kind !== 'checkpoint') continue;
      expect(steps[index - 1]).toMatchObject({ tokensUsed: step.tokensUsed + step.tokensSaved });
      expect(step.tokensSaved).toBeGreaterThan(0);
    }
  }
});

test('all sessions finish soon after three minutes', () => {
  expect(Math.max(...scripts.map(({ steps }) => steps.at(-1)!.atMillis))).toBeLessThan(demoMillis * 1.2);
});
