import { agreeingRun, longestDelayMillis, type ClockRun } from './report.ts';

/** When a report was made and when it arrived. */
export interface Timing {
  /** Time by the report's own clock, in milliseconds. */
  readonly atMillis: number;
  /** Time by the receiver's clock, in milliseconds. */
  readonly arrivedMillis: number;
  /** Whether the report is certainly from a new process, however old its time is. */
  readonly isNewProcess: boolean;
}

/**
 * Finds the clock of a report's time, and returns its index in `runs`.
 *
 * A report from the future comes from a clock that is ahead. A report from the past was delayed, but by minutes at most: if
 * it looks older, its clock was corrected since or belongs to another machine. Adds a run or improves its estimate.
 */
export function runOf({ atMillis, arrivedMillis, isNewProcess }: Timing, runs: ClockRun[]): number {
  const aheadMillis = atMillis - arrivedMillis;
  const known = runs.findLastIndex(
    (run, index) =>
      Math.abs(aheadMillis - run.aheadMillis) <= longestDelayMillis &&
      (index !== agreeingRun || aheadMillis <= 0),
  );
  if (known !== -1) {
    runs[known]!.aheadMillis = Math.max(runs[known]!.aheadMillis, aheadMillis);
    return known;
  }
  if (aheadMillis <= 0 && !isNewProcess) return agreeingRun;
  return runs.push({ aheadMillis }) - 1;
}
