import type { ObservationSource } from '../reports/observation.ts';
import { timeOf, type ClockRun, type Report } from './report.ts';

/** For equal times: a request's own count comes last and wins over a snapshot, and that over what was passed on. */
const precedence: Readonly<Record<ObservationSource, number>> = {
  otlp: 6,
  gateway: 5,
  transcript: 4,
  statusline: 3,
  api: 2,
  hook: 1,
  process: 0,
  estimate: 0,
};

/** A clock may be set back by so much within a process: then the sequence is right. */
const jitterMillis = 1_000;
/** Events of one process that are made within a second are this close together in its sequence. */
const jitterSteps = 10;

/**
 * The reports in the order in which they happened: by time, and within a second of one process by its sequence. A resumed
 * session starts its sequence anew, so the sequence alone says nothing.
 */
export function inOrder<One extends Report>(reports: readonly One[], runs: readonly ClockRun[]): One[] {
  const sorted = reports
    .map((report) => ({ report, atMillis: timeOf(report, runs) }))
    .toSorted(
      (one, other) =>
        one.atMillis - other.atMillis ||
        one.report.atMillis - other.report.atMillis ||
        precedence[one.report.source] - precedence[other.report.source] ||
        (one.report.sequence ?? 0) - (other.report.sequence ?? 0) ||
        one.report.arrivedMillis - other.report.arrivedMillis,
    );
  for (let index = 1; index < sorted.length; index += 1) {
    for (let at = index; at > 0 && isSetBack(sorted[at - 1]!, sorted[at]!); at -= 1) {
      [sorted[at - 1], sorted[at]] = [sorted[at]!, sorted[at - 1]!];
    }
  }
  return sorted.map(({ report }) => report);
}

interface Placed {
  readonly report: Report;
  readonly atMillis: number;
}

function isSetBack(earlier: Placed, later: Placed): boolean {
  const [before, after] = [earlier.report.sequence, later.report.sequence];
  if (before === undefined || after === undefined) return false;
  const steps = before - after;
  return steps > 0 && steps <= jitterSteps && later.atMillis - earlier.atMillis <= jitterMillis;
}
