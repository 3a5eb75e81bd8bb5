import type { CompactionTrigger, ObservationSource } from '../reports/observation.ts';

/** The fields that all reports share. They hold plain values, so that a snapshot can store them as JSON. */
interface ReportBase {
  readonly source: ObservationSource;
  /** Wall-clock time by the receiver's clock at which the report arrived, in milliseconds. */
  readonly arrivedMillis: number;
  /** Time of the report by its own clock, in milliseconds; without a clock, its arrival time. */
  readonly atMillis: number;
  /** The index of the report's {@link ClockRun}. Absent if the report has no clock. */
  readonly run?: number | undefined;
  /** Claude Code's `event.sequence`. */
  readonly sequence?: number | undefined;
  /** Whether the report is a copy from another session or too old to count. It then changes the gauge but no counter. */
  readonly isUncounted?: boolean | undefined;
}

/** A report of the tokens in the context window. */
export interface FigureReport extends ReportBase {
  readonly kind: 'figure';
  readonly tokensUsed: number;
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
  /** Set if the source does not state the purpose of the request. */
  readonly unattributed?: { readonly isCached: boolean } | undefined;
}

/** A compaction as one source reports it. */
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

/** A report that changes a session's figures. */
export type Report = FigureReport | CompactionReport | CheckpointReport;

/**
 * A run of reports by one clock, with the milliseconds that it is ahead of the receiver's clock; negative if it is behind.
 * The estimate grows as reports arrive with less delay.
 */
export interface ClockRun {
  aheadMillis: number;
}

/** The first run of each session: a clock that agrees with the receiver's. */
export const agreeingRun = 0;

/** The longest delay of a report: ten minutes plus a margin. A greater difference means that the clocks differ. */
export const longestDelayMillis = 11 * 60_000;

/** The time of a report by the receiver's clock, in milliseconds. */
export function timeOf(report: Report, runs: readonly ClockRun[]): number {
  const { atMillis, arrivedMillis, run } = report;
  if (run === undefined) return arrivedMillis;
  return Math.min(atMillis - (runs[run]?.aheadMillis ?? 0), arrivedMillis);
}
