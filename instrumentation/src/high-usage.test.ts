import { expect, test } from 'vitest';
import { SessionRegistry } from './registry.ts';

function registryWithTime() {
  const time = { millis: 0 };
  const clock = { now: () => time.millis, monotonic: () => time.millis };
  const registry = new SessionRegistry({ clock });
  return { time, registry, high: () => registry.highSessions().map(({ sessionId }) => sessionId) };
}

test('a session is high from the warning threshold on, and for 2 minutes after', () => {
  const { time, registry, high } = registryWithTime();
  registry.reportUsage('s1', { tokensUsed: 139_999 });
  expect(high()).toEqual([]);
  registry.reportUsage('s1', { tokensUsed: 140_000 });
  expect(high()).toEqual(['s1']);
  registry.reportUsage('s1', { tokensUsed: 10 });
  time.millis = 119_999;
  registry.reportUsage('s1', { tokensUsed: 11 });
  expect(registry.highSessions()).toMatchObject([{ sessionId: 's1', tokensUsed: 11 }]);
  time.millis = 120_000;
  expect(high()).toEqual([]);
});

test('a session that ended is not high', () => {
  const { registry, high } = registryWithTime();
  registry.reportUsage('s1', { tokensUsed: 190_000 });
  registry.end('s1');
  expect(high()).toEqual([]);
});

test('a restored session is high as it was', () => {
  const { registry } = registryWithTime();
  registry.reportUsage('s1', { tokensUsed: 190_000 });
  const other = new SessionRegistry({ clock: registry.clock });
  other.restore(registry.activeSessions());
  expect(other.highSessions()).toMatchObject([{ sessionId: 's1' }]);
});

test('a crossing is announced once, by a report or by counters, and not after the end of the listening', () => {
  const { registry } = registryWithTime();
  let crossings = 0;
  const stop = registry.onCrossing(() => (crossings += 1));
  for (const tokensUsed of [100_000, 140_000, 150_000]) registry.reportUsage('s1', { tokensUsed });
  expect(crossings).toBe(1);
  registry.reportUsage('s1', { tokensUsed: 180_000 });
  expect(crossings).toBe(2);
  const counters = { ...registry.get('s1')!, threshold70Count: 2 };
  registry.assume('s1', { tokensUsed: 150_000 }, { counters, isActivity: true });
  expect(crossings).toBe(3);
  registry.assume(
    's1',
    { tokensUsed: 10 },
    { counters: { ...counters, threshold70Count: 3 }, isActivity: true },
  );
  expect(crossings).toBe(3);
  stop();
  registry.reportUsage('s2', { tokensUsed: 180_000 });
  expect(crossings).toBe(3);
});
