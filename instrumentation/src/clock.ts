/** The registry's source of time. Tests pass their own. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch; may jump either way. */
  readonly now: () => number;
  /** Monotonic time in milliseconds from an arbitrary origin; never goes back. */
  readonly monotonic: () => number;
}

/** The clocks of this process. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
