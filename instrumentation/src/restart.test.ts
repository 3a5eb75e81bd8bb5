import { describe, expect, test } from 'vitest';
import { SessionRegistry } from './registry.ts';

const hour = 3_600_000;

function registryAt(wallMillis: number, monotonicMillis: number, maxSessions = 10) {
  const time = { wallMillis, monotonicMillis };
  const clock = { now: () => time.wallMillis, monotonic: () => time.monotonicMillis };
  return { time, registry: new SessionRegistry({ clock, maxSessions }) };
}

describe('a registry that restores the sessions of another', () => {
  const first = registryAt(10 * hour, 5 * hour);
  first.registry.reportUsage('idle', { tokensUsed: 1 });
  first.time.monotonicMillis += 1_000;
  first.registry.reportUsage('s1', { tokensUsed: 150_000 });
  first.registry.recordCheckpoint('s1', { tokensSaved: 10 });
  first.registry.reportUsage('s1', { tokensUsed: 150_000 });
  const sessions = first.registry.activeSessions();

  test('continues their counters and counts no crossing twice', () => {
    const { registry } = registryAt(10 * hour + 60_000, 0);
    registry.restore(sessions);
    registry.reportUsage('s1', { tokensUsed: 160_000 });
    expect(registry.get('s1')).toMatchObject({
      threshold70Count: 2,
      checkpointCount: 1,
      tokensSaved: 10,
      durationMillis: 60_000,
    });
  });

  test('drops those that were idle for too long in the meantime', () => {
    const { registry } = registryAt(11 * hour, 0);
    registry.restore(sessions);
    expect(registry.size).toBe(0);
  });

  test('keeps the most recently active ones up to its cap', () => {
    const { registry } = registryAt(10 * hour, 0, 1);
    registry.restore(sessions);
    expect(registry.activeSessions().map(({ sessionId }) => sessionId)).toEqual(['s1']);
  });

  test('treats a time in the future as now', () => {
    const { registry } = registryAt(9 * hour, 0);
    registry.restore(sessions);
    expect(registry.get('s1')?.durationMillis).toBe(0);
  });
});

describe('saved tokens that become known after a checkpoint', () => {
  test('are added without another checkpoint and without re-arming a threshold', () => {
    const { registry } = registryAt(0, 0);
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    registry.recordCheckpoint('s1', { tokensSaved: 0 });
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    expect(registry.addTokensSaved('s1', { tokensSaved: 5 })).toBeUndefined();
    registry.reportUsage('s1', { tokensUsed: 150_000 });
    expect(registry.get('s1')).toMatchObject({ checkpointCount: 1, tokensSaved: 5, threshold70Count: 2 });
  });

  test('are refused if they are not a number or the session is unknown', () => {
    const { registry } = registryAt(0, 0);
    expect(registry.addTokensSaved('s1', { tokensSaved: 5 })?.reason).toBe('unknown_session');
    expect(registry.addTokensSaved('s1', { tokensSaved: -5 })?.reason).toBe('negative');
  });
});
