import type { ObservationSource } from '../reports/observation.ts';
import { timeOf, type ClockRun, type Report } from './report.ts';

/** The order at equal times. The last report wins: a request's own count beats a snapshot, which beats a relayed report. */
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

/** If a process's clock jumps back by at most this, the sequence decides. */
const jitterMillis = 1_000;
/** Events of one process within a second are at most this many sequence numbers apart. */
const jitterSteps = 10;

/**
 * Sorts reports by time, and reports from one process within a second by their sequence numbers. The sequence alone is not
 * enough, because it restarts when a session is resumed.
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
