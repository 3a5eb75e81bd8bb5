import { accountOf, emptyAccount, type Account, type AccountOptions } from './account.ts';
import { runOf } from './clock-runs.ts';
import { inOrder } from './report-order.ts';
import {
  agreeingRun,
  longestDelayMillis,
  timeOf,
  type ClockRun,
  type FigureReport,
  type Report,
} from './report.ts';

/** The recent reports on a session, and the account of all earlier ones. Plain values, which a snapshot stores as JSON. */
export interface Timeline {
  /** The account of the reports that are no longer kept. */
  base: Account;
  /** `base` includes all reports up to this time, by the receiver's clock in milliseconds. */
  baseUntilMillis: number;
  reports: readonly Report[];
  runs: ClockRun[];
  lastArrivedMillis: number;
}

/** What happened to a report. */
export type Insertion = 'added' | 'known' | 'duplicate' | 'late';

/** How long reports are kept, because an earlier one can still arrive. */
const keptMillis = 15 * 60_000;
const mostReports = 128;
/** Two sources report one request within this time. */
const sameRequestMillis = 120_000;

/** The timeline of a session without any reports. */
export function newTimeline(): Timeline {
  return {
    base: emptyAccount,
    baseUntilMillis: 0,
    reports: [],
    runs: [{ aheadMillis: 0 }],
    lastArrivedMillis: 0,
  };
}

/** The basis of a report's time: its source's own clock, its prompt arrival, or nothing reliable. */
export type TimeBasis = 'clock' | 'arrival' | 'none';

/** Adds a report. */
export function addReport(timeline: Timeline, report: Report, basis: TimeBasis): Insertion {
  const isTimed = basis !== 'none';
  const placed: Report = { ...report, run: placeOf(report, basis, timeline) };
  const { reports, runs } = timeline;
  if (isTimed && timeOf(placed, runs) <= timeline.baseUntilMillis) {
    return placed.kind === 'compaction' ? 'duplicate' : 'late';
  }
  if (isTimed && reports.some((known) => isRepeatOf(known, placed))) return 'duplicate';
  if (placed.kind !== 'figure') {
    timeline.reports = [...reports, placed];
    return 'added';
  }
  const twin = twinOf(placed, timeline);
  if (twin === undefined) timeline.reports = [...reports, placed];
  else timeline.reports = [...reports.filter((known) => known !== twin), mergedTwins(twin, placed)];
  return twin === undefined ? 'added' : 'known';
}

function placeOf(report: Report, basis: TimeBasis, timeline: Timeline): number | undefined {
  if (basis === 'none') return undefined;
  if (basis === 'arrival' || isCorrected(report, timeline)) return agreeingRun;
  const known = timeline.runs.length;
  const run = runOf({ ...report, isNewProcess: startsAnew(report, timeline) }, timeline.runs);
  if (run === known) moveTo(run, timeline);
  return run;
}

/** Reassigns reports that seemed delayed to a newly found clock that is ahead. */
function moveTo(run: number, timeline: Timeline): void {
  const { aheadMillis } = timeline.runs[run]!;
  if (aheadMillis <= 0) return;
  timeline.reports = timeline.reports.map((report) => {
    const lagMillis = aheadMillis - (report.atMillis - report.arrivedMillis);
    return report.run === agreeingRun && lagMillis <= longestDelayMillis ? { ...report, run } : report;
  });
}

/** Returns the account of all reports. Moves reports that are too old to be reordered into the base. */
export function settle(timeline: Timeline, nowMillis: number, options: AccountOptions): Account {
  const account = accountOf(timeline.base, timeline.reports, options);
  const isOld = ({ arrivedMillis }: Report) => nowMillis - arrivedMillis > keptMillis;
  if (timeline.reports.length <= mostReports && !timeline.reports.some(isOld)) return account;
  const ordered = inOrder(timeline.reports, options.runs);
  const young = ordered.findIndex((report) => !isOld(report));
  const most = ordered.length > mostReports ? mostReports / 2 : 0;
  const count = Math.max(young === -1 ? ordered.length : young, most);
  if (count > 0) fold(timeline, ordered, withWholeCompactions(ordered, count, options.runs), options);
  return account;
}

/** Raises the count of reports to settle, if needed, so that all reports on one compaction stay together. */
function withWholeCompactions(ordered: readonly Report[], count: number, runs: readonly ClockRun[]): number {
  const last = ordered.slice(0, count).findLast(({ kind }) => kind === 'compaction');
  if (last === undefined) return count;
  const until = timeOf(last, runs) + sameRequestMillis;
  const rest = ordered.findLastIndex(
    (report) => report.kind === 'compaction' && timeOf(report, runs) <= until,
  );
  return Math.max(count, rest + 1);
}

function fold(timeline: Timeline, ordered: readonly Report[], count: number, options: AccountOptions): void {
  timeline.base = accountOf(timeline.base, ordered.slice(0, count), options);
  timeline.reports = ordered.slice(count);
  const timed = ordered.slice(0, count).filter(({ run }) => run !== undefined);
  const times = timed.map((report) => timeOf(report, options.runs));
  timeline.baseUntilMillis = Math.max(timeline.baseUntilMillis, ...times);
}

/** Moves all times back when the receiver's own clock was set back. */
export function followClock(timeline: Timeline, nowMillis: number): void {
  const backMillis = timeline.lastArrivedMillis - nowMillis;
  timeline.lastArrivedMillis = nowMillis;
  if (backMillis <= 0) return;
  timeline.baseUntilMillis -= backMillis;
  timeline.reports = timeline.reports.map((report) => ({
    ...report,
    atMillis: report.atMillis - backMillis,
    arrivedMillis: report.arrivedMillis - backMillis,
  }));
}

/**
 * Whether an event shows a new process whose clock is behind: its sequence is lower, and it is so much older than the known
 * reports that no delay explains it.
 */
function startsAnew({ sequence, atMillis, arrivedMillis, source }: Report, { reports }: Timeline): boolean {
  if (source !== 'otlp' || sequence === undefined) return false;
  const newest = eventsIn(reports).at(-1);
  if (newest === undefined || sequence >= newest.sequence!) return false;
  return newest.atMillis - atMillis > keptMillis && arrivedMillis - atMillis > keptMillis;
}

/** The reports of events. One that was merged with a transcript's report on the same request has its source. */
function eventsIn(reports: readonly Report[]): readonly Report[] {
  return reports.filter(({ sequence }) => sequence !== undefined);
}

/** An event that took no longer than this is fresh. */
const freshMillis = 1_000;
/** Two events of one process that arrive one after the other are at most this many sequence numbers apart. */
const nextSteps = 10;

/**
 * Whether an event comes from a process whose clock was ahead and has been corrected: it is the next one by its sequence, its
 * time is earlier, and it is fresh by the receiver's clock.
 */
function isCorrected(report: Report, { reports }: Timeline): boolean {
  const { sequence, atMillis, arrivedMillis, source } = report;
  const lagMillis = arrivedMillis - atMillis;
  if (source !== 'otlp' || sequence === undefined || lagMillis < 0 || lagMillis > freshMillis) return false;
  const events = eventsIn(reports);
  const newest = events.at(-1);
  if (newest === undefined || sequence <= newest.sequence! || sequence > newest.sequence! + nextSteps)
    return false;
  if (newest.run === agreeingRun) return true;
  return newest.atMillis - atMillis > freshMillis && !hasRestarted(events);
}

/** Whether a later event has a lower sequence: then a late event of the former process can look like a corrected clock. */
function hasRestarted(events: readonly Report[]): boolean {
  return events.some((one) =>
    events.some(
      (other) => other.atMillis > one.atMillis && other.sequence! <= one.sequence! && other !== one,
    ),
  );
}

function isRepeatOf(known: Report, report: Report): boolean {
  if (known.run === undefined || known.source !== report.source || known.kind !== report.kind) return false;
  if (known.atMillis !== report.atMillis) return false;
  // A report that was merged with another one on the same request has that one's sequence.
  const sequence = report.sequence ?? known.sequence;
  if (known.sequence !== sequence) return false;
  return known.kind !== 'figure' || known.tokensUsed === (report as FigureReport).tokensUsed;
}

/** Finds a known report on the same request: by request id within one source, by tokens and time between two sources. */
function twinOf(report: FigureReport, { reports, runs }: Timeline): FigureReport | undefined {
  const figures = reports.filter((known): known is FigureReport => known.kind === 'figure');
  return figures.findLast((known) => {
    if (known.run === undefined || report.run === undefined) return false;
    if (known.source === report.source) {
      return report.requestId !== undefined && known.requestId === report.requestId;
    }
    if (differ(known.sequence, report.sequence) || differ(known.requestId, report.requestId)) return false;
    const apartMillis = Math.abs(timeOf(known, runs) - timeOf(report, runs));
    return known.tokensUsed === report.tokensUsed && apartMillis <= sameRequestMillis;
  });
}

function differ(one: unknown, other: unknown): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/** Merges two reports on one request. From one source, the newer wins; from two, the earlier gains the details of both. */
function mergedTwins(known: FigureReport, report: FigureReport): FigureReport {
  const [first, last] = isEarlier(report, known) ? [report, known] : [known, report];
  if (known.source === report.source) return last;
  return {
    ...first,
    arrivedMillis: Math.min(first.arrivedMillis, last.arrivedMillis),
    sequence: first.sequence ?? last.sequence,
    model: first.model ?? last.model,
    requestId: first.requestId ?? last.requestId,
    unattributed: first.unattributed && last.unattributed,
    isUncounted: first.isUncounted && last.isUncounted,
  };
}

function isEarlier(one: FigureReport, other: FigureReport): boolean {
  return (
    one.atMillis - other.atMillis < 0 ||
    (one.atMillis === other.atMillis && one.tokensUsed < other.tokensUsed)
  );
}
