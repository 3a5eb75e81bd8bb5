import { describe, expect, test } from 'vitest';
import { SessionRegistry } from '../../registry.ts';
import { SessionIntake } from './session-intake.ts';
import { SessionTracker } from './session-tracker.ts';

const hour = 3_600_000;

function intakeAt() {
  const time = { millis: 100 * hour };
  const clock = { now: () => time.millis, monotonic: () => time.millis };
  const registry = new SessionRegistry({ clock });
  return { time, registry, intake: new SessionIntake(registry, new SessionTracker({ clock })) };
}

describe('the intake', () => {
  test('brings back a session that was idle for too long, as soon as it reports again', () => {
    const { time, registry, intake } = intakeAt();
    intake.accept({ observations: [{ sessionId: 's1', source: 'otlp', tokensUsed: 5 }], ignored: [] });
    time.millis += hour;
    expect(registry.size).toBe(0);
    intake.accept({ observations: [{ sessionId: 's1', source: 'hook' }], ignored: [] });
    expect(registry.get('s1')?.tokensUsed).toBe(5);
  });

  test('keeps a session alive while it reports, without counting anything again', () => {
    const { time, registry, intake } = intakeAt();
    intake.accept({ observations: [{ sessionId: 's1', source: 'otlp', tokensUsed: 150_000 }], ignored: [] });
    registry.recordCheckpoint('s1', { tokensSaved: 0 });
    for (let minutes = 0; minutes < 120; minutes += 10) {
      time.millis += hour / 6;
      intake.accept({ observations: [{ sessionId: 's1', source: 'hook' }], ignored: [] });
    }
    expect(registry.get('s1')).toMatchObject({ threshold70Count: 1, lastActivityMillis: time.millis });
  });

  test('counts and refuses new sessions beyond 20,000, until some time has passed; known ones continue', () => {
    const { time, registry, intake } = intakeAt();
    const report = (sessionId: string, tokensUsed: number) =>
      intake.accept({ observations: [{ sessionId, source: 'api', tokensUsed }], ignored: [] });
    const accepted = Array.from({ length: 20_005 }, (_, index) => report(`s${index}`, 1));
    expect(accepted.filter(Boolean)).toHaveLength(20_000);
    expect(intake.sources().find(({ source }) => source === 'api')?.ignored).toEqual({
      too_many_sessions: 5,
    });
    expect([report('s19999', 2), registry.get('s19999')?.tokensUsed]).toEqual([true, 2]);
    time.millis += 1_000;
    expect(['a', 'b', 'c', 'd'].map((id) => report(id, 1))).toEqual([true, true, true, false]);
    const hook = { sessionId: 'by-claude-code', source: 'hook' as const };
    expect(intake.accept({ observations: [hook], ignored: [] })).toBe(true);
  });

  test('lists for each source what arrived and what was ignored', () => {
    const { time, intake } = intakeAt();
    intake.accept({
      observations: [{ sessionId: 's1', source: 'otlp', tokensUsed: 5, atMillis: time.millis - 500 }],
      ignored: [{ source: 'otlp', reason: 'unknown_event' }],
    });
    expect(intake.sources()).toContainEqual({
      source: 'otlp',
      lastSeenAtMillis: time.millis,
      sessions: 1,
      ignored: { unknown_event: 1 },
    });
    expect(intake.sources()).toContainEqual({
      source: 'hook',
      lastSeenAtMillis: null,
      sessions: 0,
      ignored: {},
    });
  });
});
