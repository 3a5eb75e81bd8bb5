import { optional } from './expectation.ts';

/** The registry's source of time. Tests pass their own. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch; may jump either way. */
  readonly now: () => number;
  /** Monotonic time in milliseconds from an arbitrary origin; never goes back. */
  readonly monotonic: () => number;
}

/** The clocks of this process. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** Checks an option with a clock. */
export const optionalClock = optional(
  'a { now, monotonic }',
  (value) => {
    const { now, monotonic } = (value ?? {}) as Partial<Clock>;
    return typeof now === 'function' && typeof monotonic === 'function';
  },
  'Leave it out, or start from the exported `systemClock`.',
);
