import { describe, expect, test } from 'vitest';
import type { SessionObservation } from '../reports/observation.ts';
import { SessionTracker } from './session-tracker.ts';

/** A tracker whose time moves on by a second with each observation. */
function tracking() {
  const time = { millis: Date.UTC(2026, 10, 23) };
  const tracker = new SessionTracker({ clock: { now: () => time.millis, monotonic: () => time.millis } });
  const say = (observation: Partial<SessionObservation>, afterMillis = 1_000) => {
    time.millis += afterMillis;
    return tracker
      .observe({ sessionId: 's1', source: 'hook', ...observation })
      .operations.map(({ kind }) => kind);
  };
  const event = (tokensUsed: number, sequence: number) =>
    say({ source: 'otlp', tokensUsed, sequence, atMillis: time.millis + 1_000 });
  return { tracker, say, event };
}

describe('the end of a session', () => {
  test('is the former process’s where another one resumed it a moment ago, and counts the next time', () => {
    const { say, event } = tracking();
    event(100_000, 40);
    event(101_000, 1);
    expect(say({ ended: true })).toEqual([]);
    expect(say({ ended: true })).toContain('end');
  });

  test('is the former process’s where Claude Code says that the session is resumed', () => {
    const { say, event } = tracking();
    event(100_000, 40);
    say({ resumed: true });
    expect(say({ ended: true })).toEqual([]);
  });

  test('counts where the session was resumed long after it', () => {
    const { say, event } = tracking();
    event(100_000, 40);
    expect(say({ ended: true })).toContain('end');
    say({ resumed: true }, 60_000);
    expect(say({ ended: true })).toContain('end');
  });

  test('counts when no more is heard of the former process for half a minute', () => {
    const { say, event } = tracking();
    event(100_000, 40);
    event(101_000, 1);
    expect(say({ ended: true }, 31_000)).toContain('end');
  });

  test('is only the process’s own while one runs', () => {
    const { say, event } = tracking();
    event(100_000, 1);
    say({ source: 'process', running: true });
    expect(say({ ended: true })).toEqual([]);
    expect(say({ source: 'process', ended: true })).toContain('end');
  });

  test('counts where the session had ended before it was resumed', () => {
    const { say, event } = tracking();
    event(100_000, 40);
    expect(say({ ended: true })).toContain('end');
    event(101_000, 1);
    expect(say({ ended: true })).toContain('end');
  });

  test('does not bring a session back that has ended, however late its process is gone', () => {
    const { say, event } = tracking();
    event(100_000, 1);
    expect(say({ ended: true })).toContain('end');
    expect(say({ source: 'process', ended: true }, 60_000)).toEqual([]);
  });
});

describe('a running session', () => {
  test('waits without figures, and is kept with them', () => {
    const { tracker, say, event } = tracking();
    expect(say({ source: 'process', running: true })).toEqual([]);
    expect([...tracker.waiting()]).toEqual(['s1']);
    event(100_000, 1);
    expect(say({ source: 'process', running: true })).toEqual(['keep']);
    expect([...tracker.waiting()]).toEqual([]);
  });

  test('shows figures that are hours old, and counts nothing of them', () => {
    const { tracker, say } = tracking();
    const atMillis = Date.UTC(2026, 10, 22);
    expect(say({ source: 'transcript', tokensUsed: 180_000, atMillis })).toEqual([]);
    expect(say({ source: 'process', running: true })).toEqual(['keep']);
    expect(say({ source: 'transcript', tokensUsed: 190_000, atMillis: atMillis + 1_000 })).toContain(
      'update',
    );
    const { figure, warningCrossings } = tracker.session('s1')!.account;
    expect([figure?.tokensUsed, warningCrossings]).toEqual([190_000, 0]);
  });
});
