import { expect, test, vi } from 'vitest';
import type { Adapted } from './observation.ts';
import { QueuedEvents } from './queued-events.ts';

/** A queue of events whose accepted requests are recorded, each as the ages of its events. */
function queue(quietMillis = 60_000) {
  const accepted: string[][] = [];
  const nowMillis = Date.UTC(2026, 10, 28);
  const record = ({ observations }: Adapted) =>
    accepted.push(
      observations.map(({ sessionId, atMillis }) => `${sessionId} ${(nowMillis - atMillis!) / 1_000}`),
    );
  const clock = { now: () => nowMillis, monotonic: () => 0 };
  const events = new QueuedEvents({ clock, quietMillis, accept: (adapted) => void record(adapted) });
  const arrive = (...ages: readonly [sessionId: string, ageSeconds: number][]) =>
    events.accept({
      observations: ages.map(([sessionId, age]) => ({
        sessionId,
        source: 'otlp',
        atMillis: nowMillis - age * 1_000,
      })),
      ignored: [],
    });
  return { events, accepted, arrive };
}

test('Old events are held until a fresh one of their session arrives, and accepted together with it', () => {
  const { arrive, accepted } = queue();
  arrive(['a', 500], ['a', 400], ['b', 300]);
  arrive(['a', 200]);
  expect(accepted.flat()).toEqual([]);
  arrive(['a', 1]);
  expect(accepted.at(-1)).toEqual(['a 500', 'a 400', 'a 200', 'a 1']);
});

test('Fresh events, and those of a clock that is ahead, are accepted at once', () => {
  const { arrive, accepted } = queue();
  arrive(['a', 10], ['b', -7_200]);
  expect(accepted).toEqual([['a 10', 'b -7200']]);
});

test('Old events are accepted once no more arrive', async () => {
  const { arrive, accepted } = queue(20);
  arrive(['a', 500]);
  arrive(['a', 400]);
  await vi.waitFor(() => expect(accepted.at(-1)).toEqual(['a 500', 'a 400']));
});

test('Held events are accepted when the receiver stops', () => {
  const { events, arrive, accepted } = queue();
  arrive(['a', 500]);
  events[Symbol.dispose]();
  expect(accepted.at(-1)).toEqual(['a 500']);
});
