import type { CompactionTrigger, ObservationSource } from '../reports/observation.ts';

/** What all reports that move a session's figures have in common. Plain values: a snapshot is their JSON. */
interface ReportBase {
  readonly source: ObservationSource;
  /** Wall-clock time by the receiver's clock at which the report arrived, in milliseconds. */
  readonly arrivedMillis: number;
  /** Time of the report by its own clock; its arrival where it has none. */
  readonly atMillis: number;
  /** How far the report's clock is ahead of the receiver's: the index of its run. Absent: the report has no clock. */
  readonly run?: number | undefined;
  /** Claude Code's `event.sequence`. */
  readonly sequence?: number | undefined;
  /** Whether it repeats the past of another session, or is too old to count: it moves the gauge and no counter. */
  readonly isUncounted?: boolean | undefined;
}

/** How full the context window was. */
export interface FigureReport extends ReportBase {
  readonly kind: 'figure';
  readonly tokensUsed: number;
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
  /** Set where the source does not say what the request was for. */
  readonly unattributed?: { readonly isCached: boolean } | undefined;
}

/** One source's report of a compaction. */
export interface CompactionReport extends ReportBase {
  readonly kind: 'compaction';
  readonly trigger: CompactionTrigger;
  readonly tokensBefore?: number | undefined;
  readonly tokensAfter?: number | undefined;
}

/** A checkpoint that a program recorded itself. */
interface CheckpointReport extends ReportBase {
  readonly kind: 'checkpoint';
  readonly tokensSaved: number;
}

/** A report that moves a session's figures. */
export type Report = FigureReport | CompactionReport | CheckpointReport;

/**
 * A stretch of reports by one clock: how far it is ahead of the receiver's, in milliseconds. Negative: behind. The
 * estimate grows as reports arrive with less delay.
 */
export interface ClockRun {
  aheadMillis: number;
}

/** A clock that agrees with the receiver's: the first run of each session. */
export const agreeingRun = 0;

/** Reports are delayed by ten minutes at most, with some to spare; a greater difference is one of clocks. */
export const longestDelayMillis = 11 * 60_000;

/** The time of a report by the receiver's clock, in milliseconds. */
export function timeOf(report: Report, runs: readonly ClockRun[]): number {
  const { atMillis, arrivedMillis, run } = report;
  if (run === undefined) return arrivedMillis;
  return Math.min(atMillis - (runs[run]?.aheadMillis ?? 0), arrivedMillis);
}
