/** Longer than the alert rules look back after an outage. */
const keptMillis = 120_000;

/** Which sessions are at or above the warning threshold, or were within the last 2 minutes. */
export class HighUsage {
  /** Until which monotonic time each session counts. */
  readonly #untilMillis = new Map<string, number>();

  /** Call it with each new usage of a session. */
  note(sessionId: string, isHigh: boolean, monotonicMillis: number): void {
    if (isHigh) this.#untilMillis.set(sessionId, Infinity);
    else if (this.#untilMillis.get(sessionId) === Infinity)
      this.#untilMillis.set(sessionId, monotonicMillis + keptMillis);
  }

  /** Call it when a session departs. */
  delete(sessionId: string): void {
    this.#untilMillis.delete(sessionId);
  }

  /** The ids of these sessions. */
  ids(monotonicMillis: number): string[] {
    for (const [sessionId, untilMillis] of this.#untilMillis) {
      if (untilMillis <= monotonicMillis) this.#untilMillis.delete(sessionId);
    }
    return [...this.#untilMillis.keys()];
  }
}
