/** Whatever does not change is sent again after this long. Queries look back 30 s. */
const refreshMillis = 15_000;
const turns = 15;
const turnMillis = refreshMillis / turns;

/** Decides which series are due by their number. */
export type IsDue = (number: number) => boolean;

/** Spreads the refresh of all series evenly over 15 s: each has one of 15 turns. */
export class RefreshTurns {
  /** The newest turn, counted from the origin of the monotonic clock. */
  #newest = -Infinity;

  /** Returns the test for the series whose turn came since the last call. */
  next(monotonicMillis: number): IsDue {
    const before = this.#newest;
    this.#newest = Math.floor(monotonicMillis / turnMillis);
    const due = this.#newest - before;
    if (due >= turns) return () => true;
    return (number) => {
      const wait = (turnOf(number) - before - 1) % turns;
      return (wait < 0 ? wait + turns : wait) < due;
    };
  }
}

/** Spreads numbers evenly, whatever the distance between them: Fibonacci hashing. */
function turnOf(number: number): number {
  return Math.floor(((Math.imul(number, 0x9e_37_79_b1) >>> 0) / 2 ** 32) * turns);
}
