import { expect, test } from 'vitest';
import { SessionRegistry } from './registry.ts';
import { WaitingSessions } from './waiting-sessions.ts';

test('sessions that did not arrive wait behind the others, and are new until they arrive', () => {
  const registry = new SessionRegistry();
  const waiting = new WaitingSessions();
  for (const id of ['a', 'b']) registry.reportUsage(id, { tokensUsed: 1 });
  waiting.add(
    registry.changedSince(-1, () => false),
    -1,
  );
  waiting.sent(['a'], false);
  expect(waiting.inOrder(registry)).toEqual(['b', 'a']);
  registry.reportUsage('a', { tokensUsed: 2 });
  waiting.add(
    registry.changedSince(2, () => false),
    2,
  );
  expect(['a', 'b'].map((id) => waiting.isNew(id))).toEqual([true, true]);
  waiting.sent(['b', 'a'], true);
  expect(waiting.inOrder(registry)).toEqual([]);
});

test('sessions that never arrive and end do not wait: 1,000 leave only the live ones waiting', () => {
  const registry = new SessionRegistry({ maxSessions: 10 });
  const waiting = new WaitingSessions();
  for (let index = 0; index < 1_000; index += 1) {
    registry.reportUsage(`s${index}`, { tokensUsed: 1 });
    waiting.add(
      registry.changedSince(registry.revision - 1, () => false),
      -1,
    );
    waiting.inOrder(registry);
  }
  expect(waiting.inOrder(registry)).toHaveLength(10);
  expect(waiting.isNew('s0')).toBe(false);
});
