import type { ObservationSource } from '../reports/observation.ts';

/** One source's figure for how full a session's context window is. */
export interface Measurement {
  readonly tokensUsed: number;
  readonly source: ObservationSource;
  /** Wall-clock time of the request that it comes from, in milliseconds; for sources without one, of its arrival. */
  readonly atMillis: number;
  readonly sequence?: number | undefined;
}

/**
 * What becomes of a measurement: `newer` is taken over; `same` says again what is known; the others are left out and
 * counted.
 */
export type Verdict = 'newer' | 'same' | 'duplicate' | 'late' | 'less_exact';

/** For equal times: what was counted for each request goes before a snapshot, and that before what was passed on. */
const precedence: Readonly<Record<ObservationSource, number>> = {
  otlp: 6,
  gateway: 5,
  transcript: 4,
  statusline: 3,
  api: 2,
  hook: 1,
  estimate: 0,
};

/** A process that resumes a session needs this long at least to start and make a request. */
const restartMillis = 1_000;

/**
 * Decides between what is known and what arrives, so that the most exact and newest wins:
 *
 * 1. An estimate never replaces an exact figure; an exact figure always replaces an estimate.
 * 2. The same figure from another source confirms what is known and changes nothing, not even the source: two sources
 *    that agree must not take turns.
 * 3. Two events with a sequence are ordered by it, since it does not depend on a clock. Where it starts again, with a later
 *    time, the session was resumed.
 * 4. Everything else is ordered by time, and equal times by how close to the request the source is.
 */
export function judge(candidate: Measurement, current: Measurement | undefined): Verdict {
  if (current === undefined) return 'newer';
  if (candidate.source === 'estimate' && current.source !== 'estimate') return 'less_exact';
  if (current.source === 'estimate' && candidate.source !== 'estimate') return 'newer';
  if (candidate.source !== current.source && candidate.tokensUsed === current.tokensUsed) return 'same';
  return bySequence(candidate, current) ?? byTime(candidate, current);
}

function bySequence(candidate: Measurement, current: Measurement): Verdict | undefined {
  if (candidate.sequence === undefined || current.sequence === undefined) return undefined;
  if (candidate.sequence === current.sequence) return undefined;
  if (candidate.sequence > current.sequence) return 'newer';
  return candidate.atMillis - current.atMillis >= restartMillis ? 'newer' : 'late';
}

function byTime(candidate: Measurement, current: Measurement): Verdict {
  if (candidate.atMillis !== current.atMillis) {
    return candidate.atMillis > current.atMillis ? 'newer' : 'late';
  }
  if (candidate.source === current.source) {
    return candidate.tokensUsed === current.tokensUsed ? 'duplicate' : 'newer';
  }
  return precedence[candidate.source] > precedence[current.source] ? 'newer' : 'late';
}
