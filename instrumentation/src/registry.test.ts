import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from './clock.ts';
import { SessionRegistry, type SessionRegistryOptions } from './registry.ts';

const start = Date.UTC(2026, 10, 22);
const hour = 3_600_000;

function registryAt(options: SessionRegistryOptions = {}) {
  const time = { wall: start, monotonic: 0 };
  const clock: Clock = { now: () => time.wall, monotonic: () => time.monotonic };
  const pass = (millis: number) => {
    time.wall += millis;
    time.monotonic += millis;
  };
  return { registry: new SessionRegistry({ clock, ...options }), time, pass };
}

describe('a session', () => {
  test('begins with its first usage report, in full', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 80_000, model: 'claude-opus-4-7' });
    expect(registry.get('s1')).toEqual({
      sessionId: 's1',
      peakTokens: 80_000,
      tokensUsed: 80_000,
      windowTokens: 200_000,
      usagePercent: 40,
      model: 'claude-opus-4-7',
      checkpointCount: 0,
      tokensSaved: 0,
      createdAtMillis: start,
      lastActivityMillis: start,
      threshold70Hit: false,
      threshold90Hit: false,
      threshold70Count: 0,
      threshold90Count: 0,
      durationMillis: 0,
    });
  });

  test('does not begin with a checkpoint or a request alone', () => {
    const { registry } = registryAt();
    expect(registry.recordCheckpoint('s1', { tokensSaved: 1 })?.reason).toBe('unknown_session');
    registry.touch('s1');
    expect(registry.size).toBe(0);
    expect(registry.usageRefused.get('unknown_session')).toBe(1);
  });

  test('keeps its window and model until another is reported', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 500_000, windowTokens: 1_000_000, model: 'm' });
    registry.reportUsage('s1', { tokensUsed: 600_000 });
    expect(registry.get('s1')).toMatchObject({ windowTokens: 1_000_000, usagePercent: 60, model: 'm' });
  });

  test('keeps usage over the window', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 210_000 });
    expect(registry.get('s1')?.usagePercent).toBe(105);
  });

  test('keeps its creation and moves its last activity', () => {
    const { registry, pass } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    pass(5_000);
    registry.touch('s1');
    expect(registry.get('s1')).toMatchObject({
      createdAtMillis: start,
      lastActivityMillis: start + 5_000,
      durationMillis: 5_000,
    });
  });

  test('is kept without counting as active, and late activity still counts', () => {
    const { registry, pass } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    pass(5_000);
    registry.keep('s1');
    expect(registry.get('s1')?.lastActivityMillis).toBe(start);
    registry.touch('s1', start + 3_000);
    expect(registry.get('s1')?.lastActivityMillis).toBe(start + 3_000);
  });

  test('ends once', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    expect(registry.end('s1')).toBeUndefined();
    expect(registry.end('s1')).toMatchObject({ reason: 'unknown_session' });
    expect(registry.get('s1')).toBeUndefined();
    expect(registry.activeSessions()).toEqual([]);
  });

  test('starts again from zero after its end', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    registry.end('s1');
    registry.reportUsage('s1', { tokensUsed: 10 });
    expect(registry.get('s1')).toMatchObject({ tokensUsed: 10, threshold70Count: 0 });
  });

  test('is a copy that later changes do not affect', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    const before = registry.get('s1');
    registry.reportUsage('s1', { tokensUsed: 2 });
    expect(before?.tokensUsed).toBe(1);
  });

  test.each(['__proto__', 'constructor', 'toString'])('may have the id %s', (id) => {
    const { registry } = registryAt();
    expect(registry.get(id)).toBeUndefined();
    registry.reportUsage(id, { tokensUsed: 7 });
    expect(registry.get(id)?.tokensUsed).toBe(7);
  });

  test('is independent of 119 others', () => {
    const { registry } = registryAt();
    for (let index = 0; index < 120; index++)
      registry.reportUsage(`s${index}`, { tokensUsed: index * 1_000 });
    for (let index = 0; index < 120; index++)
      expect(registry.get(`s${index}`)?.tokensUsed).toBe(index * 1_000);
  });
});

describe('a threshold', () => {
  test.each([
    [139_800, 69.9, 0, 0],
    [140_000, 70, 1, 0],
    [140_200, 70.1, 1, 0],
    [179_800, 89.9, 1, 0],
    [180_000, 90, 1, 1],
    [210_000, 105, 1, 1],
  ])(
    'at %i tokens (%f %%) counts %i warning and %i critical crossings',
    (tokensUsed, percent, warning, critical) => {
      const { registry } = registryAt();
      registry.reportUsage('s1', { tokensUsed });
      expect(registry.get('s1')).toMatchObject({
        usagePercent: percent,
        threshold70Hit: warning === 1,
        threshold90Hit: critical === 1,
        threshold70Count: warning,
        threshold90Count: critical,
      });
    },
  );

  test('counts once until the next checkpoint, whatever usage does in between', () => {
    const { registry } = registryAt();
    for (const tokensUsed of [150_000, 190_000, 100_000, 195_000]) registry.reportUsage('s1', { tokensUsed });
    expect(registry.get('s1')).toMatchObject({ threshold70Count: 1, threshold90Count: 1 });
  });

  test('counts again after a checkpoint', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 190_000 });
    registry.recordCheckpoint('s1', { tokensSaved: 100_000 });
    expect(registry.get('s1')).toMatchObject({
      threshold70Hit: false,
      threshold90Hit: false,
      threshold70Count: 1,
    });
    registry.reportUsage('s1', { tokensUsed: 145_000 });
    expect(registry.get('s1')).toMatchObject({ threshold70Count: 2, threshold90Count: 1 });
  });
});

describe('a checkpoint', () => {
  test('adds its saved tokens and keeps the tokens used', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    registry.recordCheckpoint('s1', { tokensSaved: 60_000 });
    registry.recordCheckpoint('s1', { tokensSaved: 0 });
    expect(registry.get('s1')).toMatchObject({
      tokensUsed: 150_000,
      checkpointCount: 2,
      tokensSaved: 60_000,
    });
  });
});

describe('a report', () => {
  test.each([
    [
      { tokensUsed: Number.NaN },
      'not_finite',
      'Expected `tokensUsed` to be a number from 0 to 2^53 - 1, got `NaN` (number)',
    ],
    [{ tokensUsed: Infinity }, 'not_finite', 'tokensUsed'],
    [{ tokensUsed: -1 }, 'negative', 'tokensUsed'],
    [{ tokensUsed: '80000' }, 'not_a_number', '`80000` (string)'],
    [{ tokensUsed: 10n }, 'not_a_number', '`10` (bigint)'],
    [{ tokensUsed: 2 ** 53 }, 'too_large', 'tokensUsed'],
    [{}, 'not_a_number', 'tokensUsed'],
    [null, 'not_an_object', '`usage`'],
    [5, 'not_an_object', '`usage`'],
    [{ tokensUsed: 1, windowTokens: 0 }, 'too_small', 'windowTokens'],
    [{ tokensUsed: 1, windowTokens: 0.5 }, 'too_small', 'windowTokens'],
    [{ tokensUsed: 1, windowTokens: null }, 'not_a_number', 'windowTokens'],
    [{ tokensUsed: 1, windowTokens: Number.NaN }, 'not_finite', 'windowTokens'],
  ])('of %o is refused as %s, counted, and changes nothing', (usage, reason, text) => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 42 });
    const before = registry.get('s1');
    const refusal = registry.reportUsage('s1', usage as never);
    expect(refusal).toMatchObject({ reason, message: expect.stringContaining(text) });
    expect(registry.get('s1')).toEqual(before);
    expect([...registry.usageRefused.entries()]).toEqual([[reason, 1]]);
  });

  test.each([Number.NaN, -1, '1', undefined])('of a checkpoint that saved %s is refused', (tokensSaved) => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    expect(registry.recordCheckpoint('s1', { tokensSaved } as never)?.message).toContain('tokensSaved');
    expect(registry.recordCheckpoint('s1', undefined as never)?.reason).toBe('not_an_object');
    expect(registry.get('s1')).toMatchObject({ checkpointCount: 0, threshold70Hit: true });
  });

  test.each(['', 'a b', 'x'.repeat(129), 'unknown', undefined, null, 7, Symbol('s')])(
    'under the id %o is refused',
    (id) => {
      const { registry } = registryAt();
      expect(registry.reportUsage(id as string, { tokensUsed: 1 })?.reason).toBe('invalid_session_id');
      expect(registry.size).toBe(0);
    },
  );

  test('accepts 0 tokens', () => {
    const { registry } = registryAt();
    expect(registry.reportUsage('s1', { tokensUsed: 0 })).toBeUndefined();
    expect(registry.get('s1')?.usagePercent).toBe(0);
  });
});

describe('expiry', () => {
  test('comes after exactly one idle hour', () => {
    const { registry, pass } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    pass(hour - 1);
    expect(registry.size).toBe(1);
    pass(1);
    expect(registry.size).toBe(0);
    expect(registry.activeSessions()).toEqual([]);
    expect(registry.get('s1')).toBeUndefined();
  });

  test.each([
    ['a report', (registry: SessionRegistry) => registry.reportUsage('s1', { tokensUsed: 2 })],
    ['a checkpoint', (registry: SessionRegistry) => registry.recordCheckpoint('s1', { tokensSaved: 1 })],
    ['a request', (registry: SessionRegistry) => registry.touch('s1')],
    ['a process that holds the session', (registry: SessionRegistry) => registry.keep('s1')],
  ])('is put off by %s', (_, act) => {
    const { registry, pass } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    pass(hour - 1);
    act(registry);
    pass(hour - 1);
    expect(registry.size).toBe(1);
  });

  test('affects idle sessions only', () => {
    const { registry, pass } = registryAt({ idleTimeoutMillis: 100 });
    registry.reportUsage('a', { tokensUsed: 1 });
    pass(50);
    registry.reportUsage('b', { tokensUsed: 1 });
    registry.reportUsage('a', { tokensUsed: 2 });
    pass(60);
    registry.reportUsage('c', { tokensUsed: 1 });
    pass(45);
    expect(registry.activeSessions().map(({ sessionId }) => sessionId)).toEqual(['c']);
  });

  test('makes a returning session a new one', () => {
    const { registry, pass } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 190_000 });
    pass(hour);
    registry.reportUsage('s1', { tokensUsed: 1 });
    expect(registry.get('s1')).toMatchObject({ createdAtMillis: start + hour, threshold70Count: 0 });
  });
});

describe('the cap on sessions', () => {
  test('drops the least recently active one and counts it', () => {
    const { registry, pass } = registryAt({ maxSessions: 2 });
    registry.reportUsage('a', { tokensUsed: 1 });
    pass(1);
    registry.reportUsage('b', { tokensUsed: 1 });
    pass(1);
    registry.touch('a');
    registry.reportUsage('c', { tokensUsed: 1 });
    expect(registry.activeSessions().map(({ sessionId }) => sessionId)).toEqual(['a', 'c']);
    expect(registry.evicted).toBe(1);
  });

  test('defaults to 10,000', () => {
    const { registry } = registryAt();
    for (let index = 0; index <= 10_000; index++) registry.reportUsage(`s${index}`, { tokensUsed: 1 });
    expect(registry.size).toBe(10_000);
    expect(registry.get('s0')).toBeUndefined();
  });
});

describe('the clock', () => {
  test('that jumps back gives no negative duration and expires nobody', () => {
    const { registry, time } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    time.wall -= 10 * hour;
    time.monotonic += 1_000;
    registry.touch('s1');
    expect(registry.get('s1')).toMatchObject({ durationMillis: 1_000, createdAtMillis: start });
  });

  test('that jumps ahead expires nobody', () => {
    const { registry, time } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    time.wall += 10 * hour;
    expect(registry.size).toBe(1);
  });
});

describe('departures', () => {
  test('list sessions that ended, were evicted or expired since a moment', () => {
    const { registry, pass } = registryAt({ maxSessions: 2, idleTimeoutMillis: 1_000 });
    const departed = (since: number) => registry.departuresSince(since).map(({ sessionId }) => sessionId);
    for (const id of ['a', 'b']) registry.reportUsage(id, { tokensUsed: 1 });
    registry.end('a');
    pass(10);
    for (const id of ['c', 'd']) registry.reportUsage(id, { tokensUsed: 1 });
    expect(departed(0)).toEqual(['a', 'b']);
    pass(1_000);
    expect(departed(1_010)).toEqual(['c', 'd']);
    expect(departed(1_011)).toEqual([]);
  });

  test('are kept up to the cap on sessions', () => {
    const { registry } = registryAt({ maxSessions: 2 });
    for (const id of ['a', 'b', 'c']) {
      registry.reportUsage(id, { tokensUsed: 1 });
      registry.end(id);
    }
    expect(registry.departuresSince(0).map(({ sessionId }) => sessionId)).toEqual(['b', 'c']);
  });

  test('forget sessions that came back', () => {
    const { registry } = registryAt();
    registry.reportUsage('s1', { tokensUsed: 1 });
    registry.end('s1');
    registry.reportUsage('s1', { tokensUsed: 2 });
    expect(registry.departuresSince(0)).toEqual([]);
  });

  test('are kept for five minutes', () => {
    const { registry, pass } = registryAt();
    for (const id of ['a', 'b']) registry.reportUsage(id, { tokensUsed: 1 });
    registry.end('a');
    pass(5 * 60_000);
    registry.end('b');
    expect(registry.departuresSince(0).map(({ sessionId }) => sessionId)).toEqual(['b']);
  });
});

describe('the options', () => {
  test.each([
    [
      'idleTimeoutMillis',
      -5,
      'Expected the `idleTimeoutMillis` option to be a positive integer, got `-5` (number)',
      RangeError,
    ],
    ['idleTimeoutMillis', 0, '`0` (number)', RangeError],
    ['idleTimeoutMillis', '5', '`5` (string)', TypeError],
    ['maxSessions', 1.5, '`1.5` (number)', RangeError],
    ['maxSessions', null, '`null` (object)', TypeError],
    ['maxSessions', Number.NaN, '`NaN` (number)', TypeError],
  ])('refuse %s = %o', (name, value, text, type) => {
    const make = () => new SessionRegistry({ [name]: value });
    expect(make).toThrow(type);
    expect(make).toThrow(text);
  });
});

test('any sequence of calls leaves finite numbers, counters that only grow, and at most the cap', () => {
  const call = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'unknown', ''),
    act: fc.constantFrom('update', 'checkpoint', 'end', 'touch'),
    value: fc.oneof(fc.double(), fc.integer(), fc.constantFrom(undefined, null, 'x', 2 ** 53 - 1)),
    window: fc.oneof(fc.constant(undefined), fc.double()),
    pass: fc.nat(400),
  });
  fc.assert(
    fc.property(fc.array(call), (calls) => {
      const { registry, pass } = registryAt({ maxSessions: 3, idleTimeoutMillis: 1_000 });
      for (const { id, act, value, window, pass: millis } of calls) {
        pass(millis);
        const before = registry.get(id);
        if (act === 'update') registry.reportUsage(id, { tokensUsed: value as number, windowTokens: window });
        if (act === 'checkpoint') registry.recordCheckpoint(id, { tokensSaved: value as number });
        if (act === 'end') registry.end(id);
        if (act === 'touch') registry.touch(id);
        const after = registry.get(id);
        if (before && after) {
          expect(after.threshold70Count).toBeGreaterThanOrEqual(before.threshold70Count);
          expect(after.checkpointCount).toBeGreaterThanOrEqual(before.checkpointCount);
        }
        expect(registry.size).toBeLessThanOrEqual(3);
        for (const session of registry.activeSessions()) {
          const numbers = Object.values(session).filter((each) => typeof each === 'number');
          expect(numbers.every((each) => Number.isFinite(each) && each >= 0)).toBe(true);
        }
      }
    }),
  );
});

describe('counters that the caller provides', () => {
  const counters = {
    checkpointCount: 1,
    tokensSaved: 100,
    threshold70Count: 2,
    threshold90Count: 0,
    threshold70Hit: false,
    threshold90Hit: false,
  };

  test('create a session, and the registry counts nothing itself', () => {
    const { registry } = registryAt();
    const countersBefore = { ...counters, threshold70Count: 1 };
    registry.assume('s1', { tokensUsed: 190_000 }, { counters, countersBefore, isActivity: true });
    expect(registry.get('s1')).toMatchObject({ ...counters, countersAtStart: countersBefore });
  });

  test('never make a counter fall', () => {
    const { registry } = registryAt();
    registry.assume('s1', { tokensUsed: 1 }, { counters, isActivity: true });
    registry.assume(
      's1',
      { tokensUsed: 1 },
      { counters: { ...counters, tokensSaved: 50 }, isActivity: true },
    );
    expect(registry.get('s1')?.tokensSaved).toBe(100);
  });

  test('that only describe a session neither create it nor change its age', () => {
    const { registry, pass } = registryAt();
    registry.assume('s1', { tokensUsed: 1 }, { counters, isActivity: false });
    expect(registry.size).toBe(0);
    registry.assume('s1', { tokensUsed: 1 }, { counters, isActivity: true });
    pass(1_000);
    registry.assume('s1', { tokensUsed: 1, windowTokens: 10 }, { counters, isActivity: false });
    expect(registry.get('s1')).toMatchObject({ windowTokens: 10, lastActivityMillis: start });
  });

  test('from the past keep their age, but are never older than the known activity', () => {
    const { registry, pass } = registryAt();
    pass(hour);
    registry.assume('s1', { tokensUsed: 1 }, { counters, isActivity: true });
    pass(5_000);
    registry.assume('s1', { tokensUsed: 1 }, { counters, isActivity: true, atMillis: start + hour + 3_000 });
    expect(registry.get('s1')?.lastActivityMillis).toBe(start + hour + 3_000);
    registry.assume('s1', { tokensUsed: 1 }, { counters, isActivity: true, atMillis: start });
    expect(registry.get('s1')?.lastActivityMillis).toBe(start + hour + 3_000);
  });
});

test('a session shows the most tokens of the last minute', () => {
  const { registry, pass } = registryAt();
  const peak = () => registry.get('s1')?.peakTokens;
  registry.reportUsage('s1', { tokensUsed: 190_000 });
  pass(500);
  registry.reportUsage('s1', { tokensUsed: 20_000 });
  pass(59_499);
  expect(peak()).toBe(190_000);
  pass(1);
  expect(peak()).toBe(20_000);
  registry.reportUsage('s1', { tokensUsed: 30_000 });
  expect(peak()).toBe(30_000);
});

test('the most tokens are not from before the newest crossing', () => {
  const { registry } = registryAt();
  registry.reportUsage('s1', { tokensUsed: 190_000 });
  registry.recordCheckpoint('s1', { tokensSaved: 170_000 });
  registry.reportUsage('s1', { tokensUsed: 20_000 });
  expect(registry.get('s1')?.peakTokens).toBe(190_000);
  registry.reportUsage('s1', { tokensUsed: 150_000 });
  expect(registry.get('s1')?.peakTokens).toBe(150_000);
  const { registry: receiver } = registryAt();
  const reached = {
    checkpointCount: 0,
    tokensSaved: 0,
    threshold70Hit: true,
    threshold90Hit: true,
    threshold70Count: 1,
    threshold90Count: 1,
  };
  receiver.assume('s1', { tokensUsed: 190_000 }, { counters: reached, isActivity: true });
  const saved = { ...reached, checkpointCount: 1, threshold70Hit: false, threshold90Hit: false };
  receiver.assume('s1', { tokensUsed: 20_000 }, { counters: saved, isActivity: true });
  expect(receiver.get('s1')?.peakTokens).toBe(190_000);
  const again = { ...saved, threshold70Hit: true, threshold70Count: 2 };
  receiver.assume('s1', { tokensUsed: 150_000 }, { counters: again, isActivity: true });
  expect(receiver.get('s1')?.peakTokens).toBe(150_000);
});
