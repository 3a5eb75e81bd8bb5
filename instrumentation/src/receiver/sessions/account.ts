import type { ObservationSource } from '../reports/observation.ts';
import type { Thresholds } from '../../thresholds.ts';
import { usagePercentOf } from '../../usage.ts';
import { compactionsOf, isSharpFall, type Compaction } from './compaction.ts';
import { inOrder } from './report-order.ts';
import {
  longestDelayMillis,
  timeOf,
  type ClockRun,
  type CompactionReport,
  type FigureReport,
  type Report,
} from './report.ts';

/** The result of all reports on a session. It holds plain values, so that a snapshot can store it as JSON. */
export interface Account {
  /** The newest figure; absent before the first one. */
  readonly figure?: Figure | undefined;
  readonly checkpoints: number;
  readonly tokensSaved: number;
  readonly warningCrossings: number;
  readonly criticalCrossings: number;
  /** Whether each threshold was reached since the last checkpoint. */
  readonly isWarningReached: boolean;
  readonly isCriticalReached: boolean;
  /** The newest compactions, oldest first. */
  readonly compactions: readonly CountedCompaction[];
  /** Whether the figure after the newest compaction is still unknown. */
  readonly isOpen: boolean;
  /** Whether a request was measured since the newest compaction. */
  readonly isMeasuredSince: boolean;
  /** The most tokens in the context window since the session started to use this model. */
  readonly peakTokensUsed: number;
  /** The fewest tokens at which a window of this size was compacted automatically. */
  readonly leastCompactedTokens?: number | undefined;
}

/** The tokens in the context window, and the source that reported them. */
interface Figure {
  readonly tokensUsed: number;
  readonly source: ObservationSource;
  /** By the receiver's clock, in milliseconds. */
  readonly atMillis: number;
  readonly arrivedMillis: number;
  readonly model?: string | undefined;
}

/** A compaction with the tokens that it saved. */
interface CountedCompaction {
  readonly atMillis: number;
  readonly arrivedMillis: number;
  readonly trigger: Compaction['trigger'];
  readonly tokensBefore?: number | undefined;
  readonly tokensAfter?: number | undefined;
  readonly tokensSaved: number;
  readonly isUncounted: boolean;
  readonly isTimed: boolean;
  /** Whether the figures already show the drop from this compaction. It then cannot explain another drop. */
  readonly isSeen: boolean;
}

/** The inputs of an account besides the reports. */
export interface AccountOptions {
  readonly runs: readonly ClockRun[];
  readonly thresholds: Thresholds;
  /** Returns the size of a model's window, in tokens. */
  readonly windowTokensOf: (model: string | undefined) => number;
}

/** The account of a session without any reports. */
export const emptyAccount: Account = {
  checkpoints: 0,
  tokensSaved: 0,
  warningCrossings: 0,
  criticalCrossings: 0,
  isWarningReached: false,
  isCriticalReached: false,
  compactions: [],
  isOpen: false,
  isMeasuredSince: false,
  peakTokensUsed: 0,
};

const mostCompactions = 10;
/** A status line can show the tokens from before a compaction for this long after it. */
const staleMillis = 60_000;
/** A compaction leaves well below this share of the tokens. */
const staleShare = 0.9;

/**
 * Adds reports to an account. The result depends on the set of reports, not on the order of their arrival: each call sorts
 * all of them and processes them from the start.
 */
export function accountOf(before: Account, reports: readonly Report[], options: AccountOptions): Account {
  const ordered = inOrder(reports, options.runs);
  const figures = ordered.filter((report): report is FigureReport => report.kind === 'figure');
  const compactionReports = ordered.filter(
    (report): report is CompactionReport => report.kind === 'compaction',
  );
  const ledger = new Ledger(before, figures, options);
  const news = compactionReports.filter((report) => report.run !== undefined || !isCounted(before, report));
  const compactions = compactionsOf(news, options.runs);
  for (const report of ordered) {
    if (report.kind === 'compaction') continue;
    const atMillis = timeOf(report, options.runs);
    while (compactions.length > 0 && isBefore(compactions[0]!, report, atMillis)) {
      ledger.compact(compactions.shift()!);
    }
    if (report.kind === 'figure') ledger.measure(report, atMillis, compactions);
    else ledger.checkpoint(report.tokensSaved);
  }
  for (const compaction of compactions) ledger.compact(compaction);
  return ledger.account;
}

function isBefore(compaction: Compaction, report: Report, atMillis: number): boolean {
  if (compaction.atMillis !== atMillis) return compaction.atMillis < atMillis;
  const { sequence } = report;
  return sequence !== undefined && compaction.sequence !== undefined && compaction.sequence < sequence;
}

/** Whether the account already contains the compaction that a hook reports. */
function isCounted({ compactions }: Account, { arrivedMillis }: CompactionReport): boolean {
  return compactions.some(
    (one) => one.isTimed && Math.abs(one.arrivedMillis - arrivedMillis) <= longestDelayMillis,
  );
}

type Draft = { -readonly [Key in keyof Account]: Account[Key] };

/** Processes the sorted reports of a session. */
class Ledger {
  readonly #draft: Draft;
  readonly #options: AccountOptions;
  /** Figures from sources with a clock. Other sources repeat them without a time. */
  readonly #timed: readonly FigureReport[];
  readonly #hasExact: boolean;
  /** Every figure before the current report. */
  readonly #shown = new Set<number>();

  constructor(before: Account, figures: readonly FigureReport[], options: AccountOptions) {
    this.#draft = { ...before };
    this.#options = options;
    this.#timed = figures.filter(({ run }) => run !== undefined);
    this.#hasExact = isExact(before.figure) || figures.some(isExact);
    if (before.figure !== undefined) this.#shown.add(before.figure.tokensUsed);
  }

  get account(): Account {
    return { ...this.#draft };
  }

  /** Counts a checkpoint with the tokens it saved, and re-arms both thresholds. */
  checkpoint(tokensSaved: number): void {
    this.#draft.checkpoints += 1;
    this.#draft.tokensSaved += tokensSaved;
    this.#rearm();
  }

  /** Counts a compaction. The tokens after it are the figure until the next request. */
  compact(compaction: Compaction): void {
    const { figure } = this.#draft;
    const { tokensAfter, atMillis, arrivedMillis, source, isUncounted } = compaction;
    const tokensBefore = compaction.tokensBefore ?? figure?.tokensUsed;
    const isSeen = tokensAfter !== undefined && figure !== undefined && figure.tokensUsed > tokensAfter;
    this.#record({ ...compaction, tokensBefore, isSeen });
    if (tokensAfter === undefined) return;
    this.#set({ tokensUsed: tokensAfter, atMillis, arrivedMillis, source }, isUncounted);
  }

  /** Takes a figure, unless it repeats another one or does not belong to the conversation. */
  measure(report: FigureReport, atMillis: number, later: Compaction[]): void {
    if (this.#isRepeated(report) || this.#isOutranked(report) || this.#isBackground(report)) return;
    const { figure, isOpen } = this.#draft;
    const { tokensUsed, source, arrivedMillis, model } = report;
    if (isOpen) this.#close(tokensUsed);
    else if (figure !== undefined && this.#isCompaction(figure, report)) {
      this.#explainFall(figure, report, atMillis, later);
    }
    this.#set({ tokensUsed, source, atMillis, arrivedMillis, model }, report.isUncounted === true);
    this.#draft.isMeasuredSince = true;
  }

  /** Whether a status line repeats a figure from a source with a clock, or one from before the newest compaction. */
  #isRepeated({ source, tokensUsed, run, arrivedMillis }: FigureReport): boolean {
    if (run !== undefined || source === 'api') return false;
    if (this.#timed.some((one) => one.tokensUsed === tokensUsed && isNear(one, arrivedMillis))) return true;
    const newest = this.#draft.compactions.at(-1);
    if (source !== 'statusline' || newest === undefined || this.#draft.isMeasuredSince) return false;
    if (arrivedMillis - newest.arrivedMillis > staleMillis) return false;
    if (tokensUsed === newest.tokensAfter) return false;
    return this.#shown.has(tokensUsed) || tokensUsed >= staleShare * (newest.tokensBefore ?? Infinity);
  }

  #isOutranked(report: FigureReport): boolean {
    if (isExact(report)) return false;
    return report.source === 'hook' ? this.#draft.figure !== undefined : this.#hasExact;
  }

  /** Whether a request without a query source is a background request: it is small for this session, or uncached. */
  #isBackground({ unattributed, tokensUsed, model }: FigureReport): boolean {
    if (unattributed === undefined) return false;
    const { figure, isOpen } = this.#draft;
    if (figure === undefined) return !unattributed.isCached && tokensUsed < 5_000;
    const isOther = model !== undefined && figure.model !== undefined && model !== figure.model;
    const expected = isOpen ? 0 : figure.tokensUsed;
    if (isOther) return tokensUsed < figure.tokensUsed || !unattributed.isCached;
    return tokensUsed < expected / 2 || (!unattributed.isCached && tokensUsed < figure.tokensUsed / 4);
  }

  #isCompaction(figure: Figure, { tokensUsed, source, model }: FigureReport): boolean {
    if ([figure.source, source].some((one) => one === 'api' || one === 'estimate' || one === 'hook'))
      return false;
    return isSharpFall(figure.tokensUsed, tokensUsed, this.#options.windowTokensOf(model ?? figure.model));
  }

  /** Attributes a drop to a nearby compaction that the figures do not show yet; otherwise counts an unreported compaction. */
  #explainFall(figure: Figure, report: FigureReport, atMillis: number, later: Compaction[]): void {
    const { arrivedMillis, tokensUsed } = report;
    const earlier = this.#draft.compactions.findLastIndex((one) => !one.isSeen && isNear(one, arrivedMillis));
    if (earlier !== -1) return this.#revise(earlier, figure.tokensUsed, tokensUsed);
    const index = later.findIndex(
      (one) => one.tokensAfter === undefined && !one.isTimed && isNear(one, arrivedMillis),
    );
    const known = index === -1 ? undefined : later.splice(index, 1)[0];
    this.#record({
      atMillis,
      arrivedMillis,
      source: report.source,
      trigger: known?.trigger ?? 'unknown',
      tokensBefore: figure.tokensUsed,
      tokensAfter: tokensUsed,
      isUncounted: report.isUncounted === true,
      isTimed: false,
      isSeen: true,
    });
  }

  #record(compaction: Compaction & { readonly isSeen: boolean }): void {
    const { source: _, sequence: __, ...counted } = compaction;
    this.#draft.peakTokensUsed = Math.max(this.#draft.peakTokensUsed, counted.tokensBefore ?? 0);
    const tokensSaved = savedBy(counted.tokensBefore, counted.tokensAfter);
    this.#draft.compactions = [...this.#draft.compactions, { ...counted, tokensSaved }].slice(
      -mostCompactions,
    );
    this.#draft.isOpen = counted.tokensAfter === undefined;
    this.#draft.isMeasuredSince = false;
    this.#learn(compaction);
    if (counted.isUncounted) this.#rearm();
    else this.checkpoint(tokensSaved);
  }

  #close(tokensAfter: number): void {
    const newest = this.#draft.compactions.at(-1);
    this.#draft.isOpen = false;
    if (newest !== undefined)
      this.#revise(this.#draft.compactions.length - 1, newest.tokensBefore, tokensAfter);
  }

  /** Completes a compaction that was counted before the tokens it saved were known. */
  #revise(index: number, tokensBefore: number | undefined, tokensAfter: number): void {
    const { compactions } = this.#draft;
    const known = compactions[index]!;
    const isExactly =
      known.tokensBefore !== undefined && known.tokensAfter !== undefined && known.tokensSaved > 0;
    const tokensSaved = isExactly ? known.tokensSaved : savedBy(tokensBefore, tokensAfter);
    const isSeen = tokensBefore !== undefined && tokensAfter < tokensBefore;
    const revised = { ...known, tokensBefore, tokensAfter, tokensSaved, isSeen };
    this.#draft.compactions = compactions.with(index, revised);
    if (!known.isUncounted) this.#draft.tokensSaved += tokensSaved - known.tokensSaved;
  }

  #learn({ trigger, tokensBefore }: Compaction): void {
    if (trigger !== 'auto' || tokensBefore === undefined) return;
    const windowTokens = this.#options.windowTokensOf(this.#draft.figure?.model);
    if (tokensBefore < windowTokens / 10) return;
    this.#draft.leastCompactedTokens = Math.min(tokensBefore, this.#draft.leastCompactedTokens ?? Infinity);
  }

  #rearm(): void {
    this.#draft.isWarningReached = false;
    this.#draft.isCriticalReached = false;
  }

  #set(figure: Figure, isUncounted: boolean): void {
    const draft = this.#draft;
    const isSwitch = isOtherModel(draft.figure?.model, figure.model);
    if (isSwitch) draft.leastCompactedTokens = undefined;
    draft.peakTokensUsed = Math.max(isSwitch ? 0 : draft.peakTokensUsed, figure.tokensUsed);
    const isSame = draft.figure?.tokensUsed === figure.tokensUsed;
    const source = isSame ? draft.figure!.source : figure.source;
    draft.figure = { ...figure, source, model: figure.model ?? draft.figure?.model };
    this.#shown.add(figure.tokensUsed);
    const percent = usagePercentOf(figure.tokensUsed, this.#options.windowTokensOf(draft.figure.model));
    const { warning, critical } = this.#options.thresholds;
    if (percent >= warning.percent && !draft.isWarningReached) {
      draft.isWarningReached = true;
      if (!isUncounted) draft.warningCrossings += 1;
    }
    if (percent >= critical.percent && !draft.isCriticalReached) {
      draft.isCriticalReached = true;
      if (!isUncounted) draft.criticalCrossings += 1;
    }
  }
}

/** Whether two ids name different models: `[1m]` only names the window. */
export function isOtherModel(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && baseModel(one) !== baseModel(other);
}

/** A model's id without `[1m]`, which events leave out. */
export function baseModel(model: string): string {
  return model.replace(/\[1m\]$/i, '');
}

function isNear(one: { readonly arrivedMillis: number }, arrivedMillis: number): boolean {
  return Math.abs(one.arrivedMillis - arrivedMillis) <= longestDelayMillis;
}

/** Whether a figure is measured, not estimated. */
export function isExact(figure: { readonly source: ObservationSource } | undefined): boolean {
  return figure !== undefined && figure.source !== 'estimate' && figure.source !== 'hook';
}

function savedBy(tokensBefore: number | undefined, tokensAfter: number | undefined): number {
  return tokensBefore === undefined || tokensAfter === undefined
    ? 0
    : Math.max(0, tokensBefore - tokensAfter);
}
