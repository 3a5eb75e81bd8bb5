import type { Clock } from '../../clock.ts';

/** New sessions that are admitted at once. */
export const mostNewSessions = 20_000;
/**
 * New sessions per second that are admitted after that. Together, an hour and a day stay below the stack's limits of
 * 1,000,000 and 5,000,000 new series, beyond which VictoriaMetrics would store no new session of anybody.
 */
const perSecond = 3;

/** Limits how many new sessions a receiver admits from one source: more are a mistake or an attack, and each costs series in the store. */
export class Admission {
  readonly #clock: Clock;
  #left = mostNewSessions;
  #atMillis: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#atMillis = clock.monotonic();
  }

  /** Whether one more new session is admitted. */
  take(): boolean {
    const nowMillis = this.#clock.monotonic();
    this.#left = Math.min(mostNewSessions, this.#left + ((nowMillis - this.#atMillis) / 1_000) * perSecond);
    this.#atMillis = nowMillis;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
