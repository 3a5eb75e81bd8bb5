import type { Clock } from '../../clock.ts';
import type { Adapted, SessionObservation } from './observation.ts';

/** Options of {@link QueuedEvents}. */
export interface QueuedEventsOptions {
  readonly clock: Clock;
  readonly accept: (adapted: Adapted) => void;
  /** Milliseconds without another request after which held events are accepted. Default 1,000. */
  readonly quietMillis?: number;
}

/** A session's events that are all older than this, in milliseconds, waited in a queue, or their clock is behind. */
const oldMillis = 10_000;
/** Events are held no longer than this, in milliseconds. */
const mostMillis = 5_000;

/**
 * Accepts events that waited in a queue all at once, although they arrive in several requests, oldest first. Otherwise each
 * request would show a figure that is over, and could send a notification about it.
 *
 * A session's events are held while all of them are old: until a fresh one arrives, or no more arrive.
 */
export class QueuedEvents implements Disposable {
  readonly #options: QueuedEventsOptions;
  #held = new Map<string, SessionObservation[]>();
  #heldSinceMillis = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: QueuedEventsOptions) {
    this.#options = options;
  }

  /** Takes the events of one request. */
  accept({ observations, ignored }: Adapted): void {
    const nowMillis = this.#options.clock.now();
    const fresh: SessionObservation[] = [];
    for (const [sessionId, events] of Map.groupBy(observations, (one) => one.sessionId)) {
      const all = [...(this.#held.get(sessionId) ?? []), ...events];
      const isOld = all.every(({ atMillis = nowMillis }) => nowMillis - atMillis > oldMillis);
      if (isOld) this.#hold(sessionId, all, nowMillis);
      else this.#held.delete(sessionId);
      if (!isOld) fresh.push(...all);
    }
    this.#options.accept({ observations: fresh, ignored });
  }

  /** Accepts all held events now. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    const held = [...this.#held.values()].flat();
    this.#held = new Map();
    if (held.length > 0) this.#options.accept({ observations: held, ignored: [] });
  }

  #hold(sessionId: string, events: SessionObservation[], nowMillis: number): void {
    if (this.#held.size === 0) this.#heldSinceMillis = nowMillis;
    this.#held.set(sessionId, events);
    clearTimeout(this.#timer);
    const restMillis = this.#heldSinceMillis + mostMillis - nowMillis;
    const waitMillis = Math.max(0, Math.min(this.#options.quietMillis ?? 1_000, restMillis));
    this.#timer = setTimeout(() => this[Symbol.dispose](), waitMillis).unref();
  }
}
