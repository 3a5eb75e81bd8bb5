import type { CompactionTrigger, ObservationSource } from '../reports/observation.ts';
import { longestDelayMillis, timeOf, type ClockRun, type CompactionReport } from './report.ts';

/** A compaction, merged from all reports about it. */
export interface Compaction {
  /** By the receiver's clock, in milliseconds. */
  readonly atMillis: number;
  readonly arrivedMillis: number;
  readonly trigger: CompactionTrigger;
  readonly tokensBefore?: number | undefined;
  readonly tokensAfter?: number | undefined;
  /** `event.sequence` of the event, if an event reported it. */
  readonly sequence?: number | undefined;
  readonly isUncounted: boolean;
  /** Whether a source with a clock reported it. */
  readonly isTimed: boolean;
  /** The source that reported `tokensAfter`. */
  readonly source: ObservationSource;
}

/** Different sources report one compaction within this time, by the client's clock. */
const sameCompactionMillis = 120_000;
/** Two hook reports within this time are one compaction: the hook is installed twice. */
const sameHookMillis = 1_000;
/** A hook arrives at once, and a line of a transcript is read within this time. */
const promptMillis = 10_000;

/**
 * Merges the reports about each compaction, whatever their order.
 *
 * Two reports from one source are two compactions. Reports from different sources are one compaction if their times or their
 * figures match. A hook has neither, so it counts only if no other source reports a compaction.
 */
export function compactionsOf(reports: readonly CompactionReport[], runs: readonly ClockRun[]): Compaction[] {
  const groups: CompactionReport[][] = [];
  const timed = reports.filter(({ run }) => run !== undefined);
  for (const report of timed) {
    const group = groups.find((one) => isSame(one, report, runs));
    if (group === undefined) groups.push([report]);
    else group.push(report);
  }
  let lastHookMillis = -Infinity;
  for (const hook of reports.filter(({ run }) => run === undefined)) {
    const isRepeated = hook.arrivedMillis - lastHookMillis < sameHookMillis;
    const isKnown = timed.some((report) => isNear(hook, report, runs));
    const seeming = groups.find((group) => seemsHistory(group, hook));
    if (!isKnown && !isRepeated && seeming !== undefined) seeming.push(hook);
    else if (!isKnown && !isRepeated) groups.push([hook]);
    if (!isKnown) lastHookMillis = hook.arrivedMillis;
  }
  return groups.map((group) => merged(group, runs)).toSorted(byTime);
}

function isSame(
  group: readonly CompactionReport[],
  report: CompactionReport,
  runs: readonly ClockRun[],
): boolean {
  if (group.some(({ source }) => source === report.source)) return false;
  const [first] = group;
  const { tokensBefore } = report;
  if (tokensBefore !== undefined && first!.tokensBefore === tokensBefore) return true;
  return Math.abs(timeOf(first!, runs) - timeOf(report, runs)) <= sameCompactionMillis;
}

function isNear(hook: CompactionReport, report: CompactionReport, runs: readonly ClockRun[]): boolean {
  const atMillis = timeOf(report, runs);
  const isHistory = report.source === 'transcript' && report.arrivedMillis - atMillis > longestDelayMillis;
  const times = isHistory ? [atMillis] : [atMillis, report.arrivedMillis];
  return times.some((millis) => Math.abs(millis - hook.arrivedMillis) <= longestDelayMillis);
}

/** Whether a transcript reported the compaction as the hook did, but with a time long ago: then its clock is behind. */
function seemsHistory(group: readonly CompactionReport[], hook: CompactionReport): boolean {
  return group.every(
    ({ source, arrivedMillis }) =>
      source === 'transcript' && Math.abs(arrivedMillis - hook.arrivedMillis) <= promptMillis,
  );
}

function merged(group: readonly CompactionReport[], runs: readonly ClockRun[]): Compaction {
  return {
    atMillis: Math.min(...group.map((report) => timeOf(report, runs))),
    arrivedMillis: Math.min(...group.map(({ arrivedMillis }) => arrivedMillis)),
    trigger: group.find(({ trigger }) => trigger !== 'unknown')?.trigger ?? 'unknown',
    tokensBefore: group.find(({ tokensBefore }) => tokensBefore !== undefined)?.tokensBefore,
    tokensAfter: group.find(({ tokensAfter }) => tokensAfter !== undefined)?.tokensAfter,
    sequence: group.find(({ sequence }) => sequence !== undefined)?.sequence,
    isUncounted: group.every(({ isUncounted }) => isUncounted === true),
    isTimed: group.some(({ run }) => run !== undefined),
    source: (group.find(({ tokensAfter }) => tokensAfter !== undefined) ?? group[0]!).source,
  };
}

function byTime(one: Compaction, other: Compaction): number {
  return one.atMillis - other.atMillis;
}

/**
 * Whether tokens dropped so sharply that it counts as a compaction: by more than half, and by at least a tenth of the window.
 * Going back to an earlier message can look the same, and the two cannot be told apart.
 */
export function isSharpFall(tokensBefore: number, tokensAfter: number, windowTokens: number): boolean {
  return tokensAfter < tokensBefore / 2 && tokensBefore - tokensAfter >= windowTokens / 10;
}
