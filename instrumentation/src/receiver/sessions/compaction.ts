import type { CompactionTrigger, ObservationSource } from '../reports/observation.ts';
import { longestDelayMillis, timeOf, type ClockRun, type CompactionReport } from './report.ts';

/** A compaction, put together from every report of it. */
export interface Compaction {
  /** By the receiver's clock, in milliseconds. */
  readonly atMillis: number;
  readonly arrivedMillis: number;
  readonly trigger: CompactionTrigger;
  readonly tokensBefore?: number | undefined;
  readonly tokensAfter?: number | undefined;
  /** `event.sequence` of the event, where one reported it. */
  readonly sequence?: number | undefined;
  readonly isUncounted: boolean;
  /** Whether a source with a clock reported it. */
  readonly isTimed: boolean;
  /** Who reported the tokens after it. */
  readonly source: ObservationSource;
}

/** Reports of one compaction from different sources are this close together by the client's clock. */
const sameCompactionMillis = 120_000;
/** A hook that is installed twice is sent twice. */
const sameHookMillis = 1_000;

/**
 * Puts the reports of each compaction together, whatever their order.
 *
 * Each source keeps its own count: two reports of one source are two compactions. Reports of different sources are one
 * where their times or their figures say so. A hook has neither: it counts only where nothing else reports a compaction.
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
    if (!isKnown && !isRepeated) groups.push([hook]);
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
 * Whether a fall is so sharp that only a compaction explains it: by more than half, and by a tenth of the window at
 * least. Going back to an earlier message can look the same; nothing tells the two apart.
 */
export function isSharpFall(tokensBefore: number, tokensAfter: number, windowTokens: number): boolean {
  return tokensAfter < tokensBefore / 2 && tokensBefore - tokensAfter >= windowTokens / 10;
}
