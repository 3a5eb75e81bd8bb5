/** Where the registry takes time from; injected so that tests decide what time it is. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch; may jump either way. */
  readonly now: () => number;
  /** Monotonic time in milliseconds from an arbitrary origin; never goes back. */
  readonly monotonic: () => number;
}

/** The process's own clocks. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
