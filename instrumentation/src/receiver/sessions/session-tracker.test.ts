import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionRegistry } from '../../registry.ts';
import type { ObservationSource, SessionObservation } from '../reports/observation.ts';
import { SessionTracker, type SessionTrackerOptions } from './session-tracker.ts';

const start = Date.UTC(2026, 10, 23);

/** A tracker with a clock that the test sets, and the result of all its operations. */
function tracking(options: Partial<SessionTrackerOptions> = {}) {
  const time = { millis: start };
  const clock = { now: () => time.millis, monotonic: () => time.millis };
  const tracker = new SessionTracker({ clock, host: 'desk', ...options });
  const checkpoints: number[] = [];
  const state = { tokensUsed: 0, windowTokens: 0, saved: 0, updates: 0, ended: false };
  const counted = { checkpointCount: 0, tokensSaved: 0, threshold70Count: 0, threshold90Count: 0 };
  const say = (observation: Partial<SessionObservation>, after = 1_000) => {
    time.millis += after;
    const tracked = tracker.observe({ sessionId: 's1', source: 'statusline', ...observation });
    for (const operation of tracked.operations) {
      if (operation.kind === 'update') {
        Object.assign(state, operation.usage, { updates: state.updates + 1, ended: false });
        const saved = operation.counters.tokensSaved - counted.tokensSaved;
        if (operation.counters.checkpointCount > counted.checkpointCount) checkpoints.push(saved);
        else state.saved += saved;
        Object.assign(counted, operation.counters);
      }
      if (operation.kind === 'end') state.ended = true;
    }
    return tracked.ignored.map(({ reason }) => reason);
  };
  const event = (tokensUsed: number, sequence: number, more: Partial<SessionObservation> = {}) =>
    say({ source: 'otlp', tokensUsed, sequence, atMillis: time.millis + 1_000, ...more });
  const totalSaved = () => checkpoints.reduce((sum, saved) => sum + saved, state.saved);
  return {
    tracker,
    time,
    say,
    event,
    state,
    counted,
    checkpoints,
    totalSaved,
    details: () => tracker.details('s1'),
  };
}

describe('occupancy', () => {
  test('comes from the newest request, never from a sum', () => {
    const { event, state } = tracking();
    event(100_000, 1);
    event(110_000, 2);
    expect(state.tokensUsed).toBe(110_000);
  });

  test('follows the sequence of events that arrive out of order', () => {
    const { event, state } = tracking();
    event(110_000, 2);
    expect(event(100_000, 1, { atMillis: start })).toEqual(['late']);
    expect(state.tokensUsed).toBe(110_000);
  });

  test('follows the sequence if the clock was set back', () => {
    const { event, state, time } = tracking();
    event(110_000, 2);
    time.millis -= 3_600_000;
    event(120_000, 3);
    expect(state.tokensUsed).toBe(120_000);
  });

  test('follows the sequence, not the time, if the two disagree', () => {
    const { event, state, time } = tracking();
    time.millis += 60_000;
    event(110_000, 2, { atMillis: start + 2_000 });
    event(120_000, 3, { atMillis: start + 1_000 });
    expect(state.tokensUsed).toBe(120_000);
  });

  test('continues when sources without a sequence report after the clock was set back', () => {
    const { say, state, time } = tracking();
    say({ tokensUsed: 100_000 });
    time.millis -= 3_600_000;
    say({ tokensUsed: 120_000 });
    expect(state.tokensUsed).toBe(120_000);
  });

  test('does not change when an event is delivered twice', () => {
    const { event, state } = tracking();
    event(100_000, 1, { atMillis: start });
    expect(event(100_000, 1, { atMillis: start })).toEqual(['duplicate']);
    expect(state.updates).toBe(1);
  });

  test('continues in a resumed session, whose sequence restarts', () => {
    const { event, state } = tracking();
    event(100_000, 50);
    event(101_000, 1);
    expect(state.tokensUsed).toBe(101_000);
    event(102_000, 2);
    expect(state.tokensUsed).toBe(102_000);
  });

  test('keeps the last line of a streamed request', () => {
    const { say, state } = tracking();
    const line = { source: 'transcript', atMillis: start, requestId: 'req_1' } as const;
    say({ ...line, tokensUsed: 100_000 });
    say({ ...line, tokensUsed: 100_200 });
    expect(state.tokensUsed).toBe(100_200);
  });

  test('is not set back by a status line that still shows the previous request', () => {
    const { say, event, state } = tracking();
    say({ tokensUsed: 100_000 });
    event(120_000, 1);
    expect(say({ tokensUsed: 100_000 })).toEqual([]);
    expect(state.tokensUsed).toBe(120_000);
  });

  test('keeps its source when another source reports the same', () => {
    const { say, event, details } = tracking();
    event(120_000, 1);
    say({ tokensUsed: 120_000 });
    expect(details()?.source).toBe('otlp');
    say({ tokensUsed: 121_000 });
    expect(details()?.source).toBe('statusline');
  });

  test('ignores an event as late if it is older than the figure of the status line', () => {
    const { say, event, state } = tracking();
    say({ tokensUsed: 120_000 });
    expect(event(100_000, 1, { atMillis: start })).toEqual(['late']);
    expect(state.tokensUsed).toBe(120_000);
  });

  test('takes the source closest to the request if times are equal', () => {
    const { say, state } = tracking();
    const atMillis = start;
    say({ source: 'transcript', tokensUsed: 1, atMillis });
    say({ source: 'otlp', tokensUsed: 2, atMillis });
    expect(say({ source: 'transcript', tokensUsed: 3, atMillis })).toEqual(['late']);
    expect(state.tokensUsed).toBe(2);
  });

  test('is never an estimate after it was measured', () => {
    const { say, state } = tracking();
    say({ source: 'estimate', tokensUsed: 90_000 });
    expect(state.tokensUsed).toBe(90_000);
    say({ source: 'transcript', tokensUsed: 80_000, atMillis: start });
    expect(state.tokensUsed).toBe(80_000);
    expect(say({ source: 'estimate', tokensUsed: 95_000 })).toEqual(['less_exact']);
    expect(state.tokensUsed).toBe(80_000);
  });

  test('treats a time in the future as now', () => {
    const { say, state } = tracking();
    say({ source: 'transcript', tokensUsed: 1, atMillis: start + 1e12 });
    say({ source: 'transcript', tokensUsed: 2, atMillis: start + 5_000 }, 10_000);
    expect(state.tokensUsed).toBe(2);
  });

  test('is the newest, in whatever order events arrive', () => {
    const events = Array.from({ length: 6 }, (_, index) => index + 1);
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: 1 }), (order) => {
        const { say, state, checkpoints, time } = tracking();
        time.millis += 60_000;
        for (const sequence of order) {
          say({ source: 'otlp', tokensUsed: 100_000 + sequence, sequence, atMillis: start + sequence }, 0);
        }
        expect(state.tokensUsed).toBe(100_000 + Math.max(...order));
        expect(checkpoints).toEqual([]);
      }),
    );
  });
});

describe('a compaction', () => {
  const exact = { trigger: 'auto', tokensBefore: 167_189, tokensAfter: 20_000 } as const;
  const before = (source: ObservationSource = 'otlp') => {
    const tracked = tracking();
    tracked.say({ source, tokensUsed: 165_000 });
    return tracked;
  };

  test('by event saves the difference between before and after, and leaves the context at after', () => {
    const { event, say, checkpoints, state } = before();
    say({ source: 'otlp', sequence: 9, compaction: exact });
    expect(checkpoints).toEqual([147_189]);
    expect(state.tokensUsed).toBe(20_000);
    event(24_000, 10);
    expect(checkpoints).toEqual([147_189]);
  });

  test('by event alone creates the session first, then its checkpoint', () => {
    const { tracker } = tracking();
    const { operations } = tracker.observe({ sessionId: 's1', source: 'otlp', compaction: exact });
    expect(operations).toMatchObject([{ kind: 'update', counters: { checkpointCount: 1 } }]);
  });

  test('by hook counts at once, and its saving counts with the next request', () => {
    const { say, checkpoints, totalSaved } = before();
    say({ source: 'hook', compaction: { trigger: 'manual' } });
    expect([checkpoints.length, totalSaved()]).toEqual([1, 0]);
    say({ tokensUsed: 25_000 }, 600_000);
    expect([checkpoints.length, totalSaved()]).toEqual([1, 140_000]);
  });

  test('by transcript has the tokens before it', () => {
    const { say, checkpoints, totalSaved, details } = before('transcript');
    say({ source: 'transcript', compaction: { trigger: 'auto', tokensBefore: 167_189 } });
    say({ source: 'transcript', tokensUsed: 27_189 });
    expect([checkpoints.length, totalSaved()]).toEqual([1, 140_000]);
    expect(details()?.compactionThresholdTokens).toBe(167_189);
  });

  test('that no source reports is recognized by a sharp fall', () => {
    const { say, totalSaved, checkpoints } = before('statusline');
    say({ tokensUsed: 25_000 });
    expect([checkpoints.length, totalSaved()]).toEqual([1, 140_000]);
  });

  test.each([
    [82_500, 0],
    [82_499, 1],
  ])('is recognized in a fall below half: to %d tokens, %d times', (tokensUsed, expected) => {
    const { say, checkpoints } = before('statusline');
    say({ tokensUsed });
    expect(checkpoints).toHaveLength(expected);
  });

  test('is not recognized in a small fall', () => {
    const { say, checkpoints } = tracking();
    say({ tokensUsed: 25_000 });
    say({ tokensUsed: 5_001 });
    expect(checkpoints).toEqual([]);
  });

  test('is not recognized in a fall that a program or an estimate reports', () => {
    for (const source of ['api', 'estimate'] as const) {
      const { say, checkpoints } = before(source);
      say({ source, tokensUsed: 1 });
      expect(checkpoints).toEqual([]);
    }
  });

  test('counts once with the exact saving, whichever sources report it, in whatever order', () => {
    const at = start + 1_000;
    const reports: Partial<SessionObservation>[] = [
      { source: 'otlp', sequence: 9, atMillis: at + 1_000, compaction: exact },
      { source: 'hook', compaction: { trigger: 'auto' } },
      {
        source: 'transcript',
        atMillis: at + 1_100,
        compaction: { trigger: 'auto', tokensBefore: 167_189 },
      },
      { source: 'statusline', tokensUsed: 25_000 },
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(reports, { minLength: 4 }), (order) => {
        const { say, checkpoints, totalSaved, state, tracker } = before();
        for (const report of order) say(report, 2_000);
        expect(tracker.session('s1')?.account.compactions[0]?.trigger).toBe('auto');
        expect([checkpoints.length, totalSaved()]).toEqual([1, 147_189]);
        expect([20_000, 25_000]).toContain(state.tokensUsed);
      }),
    );
  });

  test('that is reported twice by one source counts once, and two compactions count twice', () => {
    const { say, checkpoints } = before();
    const report = { source: 'otlp', sequence: 9, atMillis: start + 500, compaction: exact } as const;
    say(report);
    expect(say(report)).toEqual(['duplicate']);
    expect(checkpoints).toHaveLength(1);
    say({ ...report, sequence: 12, atMillis: start + 2_500 });
    expect(checkpoints).toHaveLength(2);
  });

  test('stays the newest when a request that was made before it arrives late', () => {
    const { say, state, counted, event } = before();
    say({ source: 'hook', compaction: { trigger: 'auto' } }, 10_000);
    event(185_000, 5, { atMillis: start + 5_000 });
    event(30_000, 6, { atMillis: start + 12_000 });
    expect(event(186_000, 5, { atMillis: start + 6_000 })).toEqual(['late']);
    expect([state.tokensUsed, counted.checkpointCount, counted.tokensSaved]).toEqual([30_000, 1, 156_000]);
  });

  test('is recognized as a duplicate even after a hundred others', () => {
    const { say, checkpoints } = before();
    const compact = (index: number) =>
      say({
        source: 'otlp',
        sequence: index,
        atMillis: start + index * 1_000,
        compaction: exact,
      });
    for (let index = 1; index <= 100; index += 1) compact(index);
    expect(checkpoints).toHaveLength(100);
    for (let index = 1; index <= 100; index += 1) expect(compact(index)).toEqual(['duplicate']);
  });

  test('sets the compaction point only if it was automatic and plausible', () => {
    const { say, details } = before();
    expect(details()?.compactionThresholdTokens).toBe(167_000);
    say({ source: 'otlp', sequence: 1, compaction: { ...exact, trigger: 'manual', tokensBefore: 50_000 } });
    expect(details()?.compactionThresholdTokens).toBe(167_000);
    say({ source: 'otlp', sequence: 2, compaction: { ...exact, tokensBefore: 1_000 } }, 200_000);
    expect(details()?.compactionThresholdTokens).toBe(167_000);
    say({ source: 'otlp', sequence: 3, compaction: { ...exact, tokensBefore: 150_000 } }, 200_000);
    expect(details()?.compactionThresholdTokens).toBe(150_000);
  });
});

describe('the window', () => {
  test('comes from the model, then from the status line', () => {
    const { event, say, state, details } = tracking();
    event(100_000, 1, { model: 'claude-opus-4-8' });
    expect([state.windowTokens, details()?.windowSource]).toEqual([1_000_000, 'model']);
    say({ windowTokens: 300_000 });
    expect([state.windowTokens, details()?.windowSource]).toEqual([300_000, 'statusline']);
  });

  test('comes from the program that reports it', () => {
    const { say, details } = tracking();
    say({ source: 'api', tokensUsed: 5, windowTokens: 10 });
    say({ tokensUsed: 11, windowTokens: 200_000 });
    expect(details()?.windowSource).toBe('explicit');
  });

  test('is corrected by the request that shows it is wrong, and stays corrected', () => {
    const { say, state, details } = tracking();
    say({ tokensUsed: 199_000, windowTokens: 200_000 });
    say({ tokensUsed: 201_000, windowTokens: 200_000 });
    expect([state.windowTokens, details()?.windowSource]).toEqual([1_000_000, 'healed']);
    say({ tokensUsed: 20_000, windowTokens: 200_000 });
    expect(state.windowTokens).toBe(1_000_000);
  });

  test('is corrected by the tokens that a compaction reports', () => {
    const { say, details } = tracking();
    say({ tokensUsed: 150_000, windowTokens: 200_000 });
    const compaction = { trigger: 'auto', tokensBefore: 230_000, tokensAfter: 20_000 } as const;
    say({ source: 'otlp', sequence: 1, compaction });
    expect(details()?.windowSource).toBe('healed');
  });

  test('is no longer corrected after the model changes', () => {
    const { event, state } = tracking();
    event(300_000, 1, { model: 'claude-opus-4-6' });
    event(30_000, 2, { model: 'claude-haiku-4-5' });
    expect(state.windowTokens).toBe(200_000);
  });

  test('keeps the `[1m]` that only the status line reports', () => {
    const { event, say, state, details } = tracking();
    say({ tokensUsed: 1_000, model: 'claude-opus-4-6[1m]' });
    event(2_000, 1, { model: 'claude-opus-4-6' });
    expect([details()?.model, state.windowTokens]).toEqual(['claude-opus-4-6[1m]', 1_000_000]);
  });

  test('follows the environment', () => {
    const { say, details } = tracking({ windows: { everyTokens: 500_000, byModel: new Map() } });
    say({ tokensUsed: 1, windowTokens: 200_000 });
    expect(details()).toMatchObject({ windowSource: 'explicit', compactionThresholdTokens: 467_000 });
  });

  test('smaller than the reserve has a compaction threshold of 0', () => {
    const { say, details } = tracking();
    say({ source: 'api', tokensUsed: 1, windowTokens: 1_000 });
    expect(details()?.compactionThresholdTokens).toBe(0);
  });
});

describe('the description of a session', () => {
  test('is merged from all sources', () => {
    const { say, event, details } = tracking();
    say({ tokensUsed: 5, project: 'api', sessionName: { text: 'Mine', generated: false } });
    say({ source: 'hook', project: 'src' });
    say({ source: 'transcript', sessionName: { text: 'Its', generated: true } });
    event(6, 1, { host: 'lab' });
    expect(details()).toMatchObject({ project: 'api', sessionName: 'Mine', host: 'lab', source: 'otlp' });
  });

  test('is unknown before the first figure', () => {
    const { say, details, tracker } = tracking();
    say({ source: 'hook', project: 'src' });
    expect(details()).toBeUndefined();
    expect(tracker.details('s2')).toBeUndefined();
  });

  test('has the receiver’s host if no source names one', () => {
    const { say, details } = tracking();
    say({ tokensUsed: 5 });
    expect(details()?.host).toBe('desk');
  });

  test('does not take the model of a late request', () => {
    const { event, details } = tracking();
    event(5, 2, { model: 'claude-opus-5' });
    event(4, 1, { model: 'claude-haiku-4-5', atMillis: start });
    expect(details()?.model).toBe('claude-opus-5');
  });
});

describe('cost', () => {
  test('is the sum of all requests, each once, including late and background ones', () => {
    const { event, say, details } = tracking();
    const cost = { of: 'request', usd: 0.5 } as const;
    event(5, 2, { cost, requestId: 'b' });
    event(5, 2, { cost, requestId: 'b' });
    event(4, 1, { cost, requestId: 'a', atMillis: start });
    say({ source: 'otlp', sequence: 3, cost });
    say({ source: 'otlp', sequence: 3, cost });
    expect(details()?.costUsd).toBe(1.5);
  });

  test('comes from the status line if it has a cost', () => {
    const { event, say, details } = tracking();
    event(5, 1, { cost: { of: 'request', usd: 0.5 } });
    say({ cost: { of: 'session', usd: 2 } });
    event(6, 2, { cost: { of: 'request', usd: 0.5 } });
    expect(details()?.costUsd).toBe(2);
  });
});

test('two requests of one size are two, by their ids', () => {
  const { event, say, state, time } = tracking();
  event(50_000, 1, { requestId: 'a' });
  event(40_000, 2, { requestId: 'b' });
  say({ source: 'transcript', tokensUsed: 50_000, requestId: 'c', atMillis: time.millis + 1_000 });
  expect(state.tokensUsed).toBe(50_000);
});

describe('rate limits', () => {
  test('are the newest from any session, until their reset', () => {
    const { say, tracker, time } = tracking();
    const limit = { window: 'five_hour', resetsAtMillis: start + 60_000 } as const;
    say({ rateLimits: [{ ...limit, usedPercent: 10 }] });
    say({ sessionId: 's2', rateLimits: [{ ...limit, usedPercent: 12 }] });
    expect(tracker.rateLimits()).toMatchObject([{ ...limit, usedPercent: 12 }]);
    time.millis = start + 60_000;
    expect(tracker.rateLimits()).toEqual([]);
  });

  test('of two accounts do not take turns', () => {
    const { say, tracker } = tracking();
    const report = (sessionId: string, usedPercent: number) =>
      say({ sessionId, rateLimits: [{ window: 'five_hour', usedPercent }] });
    const limits = () => tracker.rateLimits().map(({ account, usedPercent }) => [account, usedPercent]);
    report('s1', 90);
    report('s2', 10);
    report('s1', 91);
    report('s2', 11);
    expect(limits()).toEqual([[undefined, 91]]);
    say({ sessionId: 's1', source: 'otlp', accountId: 'ann' });
    say({ sessionId: 's2', source: 'otlp', accountId: 'bob' });
    expect(limits()).toEqual([
      ['ann', 91],
      ['bob', 11],
    ]);
  });

  test('that an idle session draws again are not news', () => {
    const { say, tracker } = tracking();
    const report = (sessionId: string, usedPercent: number) =>
      say({ sessionId, accountId: 'ann', rateLimits: [{ window: 'five_hour', usedPercent }] }, 1_000);
    report('s1', 30);
    report('s2', 80);
    report('s1', 30);
    expect(tracker.rateLimits()).toMatchObject([{ account: 'ann', usedPercent: 80 }]);
    report('s2', 20);
    expect(tracker.rateLimits()).toMatchObject([{ account: 'ann', usedPercent: 20 }]);
  });

  test('and costs carry a hash in place of the account if so chosen', () => {
    const { say, tracker, details } = tracking({ hashesAccounts: true });
    const accountId = '3f2a9c01-0000-4000-8000-000000000000';
    say({ accountId, tokensUsed: 1, rateLimits: [{ window: 'five_hour', usedPercent: 1 }] });
    const hash = 'c20041151de0';
    expect(tracker.rateLimits()).toMatchObject([{ account: hash }]);
    expect(details()?.accountId).toBe(hash);
    expect(JSON.stringify(tracker.state())).not.toContain('3f2a9c01');
  });
});

describe('subagents', () => {
  test('are listed separately from the session, for ten minutes', () => {
    const { say, event, state, details } = tracking();
    event(50_000, 1);
    say({ source: 'otlp', subagent: { name: 'Explore', tokensUsed: 9_000 } });
    say({ source: 'otlp', subagent: { name: 'Plan', tokensUsed: 1_000 } }, 300_000);
    say({ source: 'otlp', subagent: { name: 'Plan', tokensUsed: 2_000 } });
    expect(state.tokensUsed).toBe(50_000);
    expect(details()?.subagents.map(({ name, tokensUsed }) => [name, tokensUsed])).toEqual([
      ['Explore', 9_000],
      ['Plan', 2_000],
    ]);
    say({ source: 'hook' }, 300_000);
    expect(details()?.subagents.map(({ name }) => name)).toEqual(['Plan']);
  });
});

describe('the end of a session', () => {
  test('waits for late reports, is then final, and does not apply to a resumed session', () => {
    const { say, event, state, time } = tracking();
    event(50_000, 1);
    const endedAt = time.millis + 1_000;
    say({ source: 'hook', ended: true });
    expect(state.ended).toBe(true);
    expect(say({ tokensUsed: 51_000 })).toEqual(['late']);
    expect(event(52_000, 3, { atMillis: endedAt - 50 })).toEqual([]);
    expect([state.ended, state.tokensUsed]).toEqual([true, 52_000]);
    time.millis += 1_000;
    expect(event(53_000, 4, { atMillis: endedAt - 10 })).toEqual(['late']);
    expect([state.ended, state.tokensUsed]).toEqual([true, 52_000]);
    event(52_000, 1, { atMillis: endedAt + 10_000 });
    say({ tokensUsed: 53_000 }, 20_000);
    expect([state.ended, state.tokensUsed]).toEqual([false, 53_000]);
  });

  test('does not hide its last report if that is its only one', () => {
    const { say, event, state, details, time } = tracking();
    const atMillis = time.millis + 500;
    say({ source: 'hook', ended: true });
    expect(state.updates).toBe(0);
    event(50_000, 1, { atMillis, cost: { of: 'request', usd: 0.5 } });
    expect([state.ended, state.tokensUsed, details()?.costUsd]).toEqual([true, 50_000, 0.5]);
  });

  test('that a program reports is final at once', () => {
    const { say, event, state } = tracking();
    say({ source: 'api', tokensUsed: 50_000 });
    say({ source: 'api', ended: true });
    expect(event(51_000, 1, { atMillis: start + 1_500 })).toEqual(['late']);
    expect([state.ended, state.tokensUsed]).toEqual([true, 50_000]);
  });

  test('by /clear gives the next session its own account', () => {
    const { say, tracker } = tracking();
    say({ tokensUsed: 150_000, cost: { of: 'session', usd: 3 } });
    say({ source: 'hook', ended: true });
    say({ sessionId: 's2', tokensUsed: 9_000, cost: { of: 'session', usd: 0.1 } });
    expect(tracker.details('s2')).toMatchObject({ costUsd: 0.1 });
    expect(tracker.session('s2')?.account.compactions).toEqual([]);
  });
});

describe('memory', () => {
  test('does not show an old transcript until the session continues', () => {
    const { say, state, checkpoints } = tracking();
    say({ source: 'transcript', tokensUsed: 150_000, atMillis: start - 7_200_000 });
    say({ source: 'transcript', compaction: { trigger: 'auto' }, atMillis: start - 7_100_000 });
    expect([state.updates, checkpoints.length]).toEqual([0, 0]);
    say({ source: 'transcript', tokensUsed: 30_000, atMillis: start });
    expect([state.tokensUsed, checkpoints.length]).toEqual([30_000, 0]);
  });

  test('brings back a session that the registry has dropped', () => {
    const { tracker, say } = tracking();
    say({ tokensUsed: 5, windowTokens: 10 });
    const { operations } = tracker.observe({ sessionId: 's1', source: 'hook' });
    expect(operations[0]).toMatchObject({
      kind: 'seen',
      sessionId: 's1',
      usage: { tokensUsed: 5, windowTokens: 10, model: undefined },
    });
  });

  test('beyond its limit forgets the session that was silent for longest', () => {
    const { tracker, say } = tracking({ maxSessions: 2 });
    for (const sessionId of ['a', 'b', 'a', 'c']) say({ sessionId, tokensUsed: 1 });
    expect(tracker.state().sessions.map(({ sessionId }) => sessionId)).toEqual(['a', 'c']);
  });

  test('survives as JSON', () => {
    const { tracker, say, event } = tracking();
    event(165_000, 1, { requestId: 'a', cost: { of: 'request', usd: 1 } });
    say({ source: 'hook', compaction: { trigger: 'auto' } });
    say({ rateLimits: [{ window: 'seven_day', usedPercent: 3 }] });
    const again = tracking();
    again.tracker.restore(JSON.parse(JSON.stringify(tracker.state())));
    expect(again.tracker.state()).toEqual(JSON.parse(JSON.stringify(tracker.state())));
    again.say({ tokensUsed: 25_000 }, 60_000);
    expect([again.counted.checkpointCount, again.counted.tokensSaved]).toEqual([1, 140_000]);
  });
});

describe('any observations in any order', () => {
  const tokens = fc.integer({ min: 0, max: 1_500_000 });
  const observation: fc.Arbitrary<SessionObservation> = fc.record(
    {
      sessionId: fc.constantFrom('s1', 's2'),
      source: fc.constantFrom<ObservationSource>(
        'statusline',
        'otlp',
        'hook',
        'transcript',
        'gateway',
        'api',
        'estimate',
      ),
      atMillis: fc.integer({ min: start - 5e6, max: start + 5e6 }),
      sequence: fc.nat(20),
      tokensUsed: tokens,
      windowTokens: fc.integer({ min: 1, max: 1_000_000 }),
      compaction: fc.record({
        trigger: fc.constantFrom('auto', 'manual', 'unknown'),
        tokensBefore: fc.option(tokens, { nil: undefined }),
        tokensAfter: fc.option(tokens, { nil: undefined }),
      }),
      ended: fc.boolean(),
    },
    { requiredKeys: ['sessionId', 'source'] },
  );

  test('give only operations that the registry accepts', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 40 }), (observations) => {
        const { tracker, time } = tracking();
        const clock = { now: () => time.millis, monotonic: () => time.millis };
        const registry = new SessionRegistry({ clock });
        for (const observed of observations) {
          time.millis += 500;
          for (const operation of tracker.observe(observed).operations) {
            if (operation.kind === 'seen' || operation.kind === 'update') {
              const { sessionId, usage, counters } = operation;
              expect(registry.assume(sessionId, usage, { counters, isActivity: true })).toBeUndefined();
              for (const counter of Object.values(counters))
                expect(Number(counter)).toBeGreaterThanOrEqual(0);
            }
          }
        }
      }),
    );
  });
});
