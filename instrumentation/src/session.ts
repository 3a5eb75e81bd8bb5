import type { Links } from './linked-map.ts';
import type { Thresholds } from './thresholds.ts';
import { defaultWindowTokens, usagePercentOf, type Usage } from './usage.ts';

/** How long the highest figure of a session is kept for export, in milliseconds: longer than a short outage of the collector. */
const peakMillis = 60_000;

/** The state of one session. All times are in milliseconds. */
export interface SessionContext {
  /** The session's id. */
  readonly sessionId: string;
  /** Tokens in the context window, from the newest report. */
  readonly tokensUsed: number;
  /** The most tokens of the last minute, but not from before the newest crossing of the warning threshold. */
  readonly peakTokens: number;
  /** Size of the context window in tokens. */
  readonly windowTokens: number;
  /** Share of the window in use, in percent; can exceed 100. */
  readonly usagePercent: number;
  /** The model's id, if it was reported. */
  readonly model: string | undefined;
  /** Number of checkpoints. */
  readonly checkpointCount: number;
  /** Total tokens saved by the checkpoints. */
  readonly tokensSaved: number;
  /** Wall-clock time of the first report. */
  readonly createdAtMillis: number;
  /** Wall-clock time of the newest report, checkpoint or request. */
  readonly lastActivityMillis: number;
  /** Whether the warning threshold was crossed since the last checkpoint. */
  readonly threshold70Hit: boolean;
  /** Whether the critical threshold was crossed since the last checkpoint. */
  readonly threshold90Hit: boolean;
  /** Crossings of the warning threshold, at most one per checkpoint. */
  readonly threshold70Count: number;
  /** Crossings of the critical threshold, at most one per checkpoint. */
  readonly threshold90Count: number;
  /** The counters with which the session began, if it did not begin with 0. */
  readonly countersAtStart?: SessionCounters | undefined;
  /** Monotonic time since the first report; never negative. */
  readonly durationMillis: number;
}

/** The counters of a session, and whether each threshold was reached since the last checkpoint. */
export type SessionCounters = Pick<
  SessionContext,
  | 'checkpointCount'
  | 'tokensSaved'
  | 'threshold70Hit'
  | 'threshold90Hit'
  | 'threshold70Count'
  | 'threshold90Count'
>;

/**
 * The registry's own, mutable record of a session. Times are whole milliseconds since the registry began, which take less memory
 * than times since 1970 or with fractions: they can be negative.
 */
export interface SessionRecord extends SessionState, Links<SessionRecord> {
  createdMonotonicMillis: number;
  peakMonotonicMillis: number;
  lastActivityMonotonicMillis: number;
  /** When the session was last kept from expiring, active or not. */
  keptMonotonicMillis: number;
  /** The registry's revision when the session began. */
  readonly firstRevision: number;
  /** The registry's revision at the newest change of an exported figure. */
  revision: number;
}

type SessionState = {
  -readonly [K in Exclude<keyof SessionContext, 'durationMillis' | 'usagePercent'>]: SessionContext[K];
};

/** A moment by both clocks, in whole milliseconds since the registry began. */
export interface Moment {
  readonly nowMillis: number;
  readonly monotonicMillis: number;
}

/** A session without any usage report yet. */
export function newSession(
  sessionId: string,
  { nowMillis, monotonicMillis }: Moment,
  revision: number,
): SessionRecord {
  return {
    sessionId,
    countersAtStart: undefined,
    tokensUsed: 0,
    peakTokens: 0,
    windowTokens: defaultWindowTokens,
    model: undefined,
    checkpointCount: 0,
    tokensSaved: 0,
    createdAtMillis: nowMillis,
    lastActivityMillis: nowMillis,
    threshold70Hit: false,
    threshold90Hit: false,
    threshold70Count: 0,
    threshold90Count: 0,
    createdMonotonicMillis: monotonicMillis,
    peakMonotonicMillis: monotonicMillis,
    lastActivityMonotonicMillis: monotonicMillis,
    keptMonotonicMillis: monotonicMillis,
    firstRevision: revision,
    revision,
    older: undefined,
    newer: undefined,
  };
}

/** Applies a valid report. A threshold counts once until the next checkpoint. */
export function applyUsage(
  session: SessionRecord,
  usage: Usage,
  { thresholds, monotonicMillis }: { readonly thresholds: Thresholds; readonly monotonicMillis: number },
): void {
  applyFigures(session, usage, monotonicMillis);
  const usagePercent = usagePercentOf(session.tokensUsed, session.windowTokens);
  if (usagePercent >= thresholds.warning.percent && !session.threshold70Hit) {
    session.threshold70Hit = true;
    session.threshold70Count += 1;
    startPeak(session, monotonicMillis);
  }
  if (usagePercent >= thresholds.critical.percent && !session.threshold90Hit) {
    session.threshold90Hit = true;
    session.threshold90Count += 1;
  }
}

/** Applies the figures of a valid report and counts nothing. */
export function applyFigures(session: SessionRecord, usage: Usage, monotonicMillis: number): void {
  session.tokensUsed = usage.tokensUsed;
  if (usage.windowTokens !== undefined) session.windowTokens = usage.windowTokens;
  if (typeof usage.model === 'string') session.model = usage.model;
  if (usage.tokensUsed >= peakTokensOf(session, monotonicMillis)) startPeak(session, monotonicMillis);
}

/** An alert states the figures of its own crossing, so a crossing forgets the peak before it. */
function startPeak(session: SessionRecord, monotonicMillis: number): void {
  session.peakTokens = session.tokensUsed;
  session.peakMonotonicMillis = monotonicMillis;
}

function peakTokensOf(session: SessionRecord, monotonicMillis: number): number {
  const isRecent = monotonicMillis - session.peakMonotonicMillis < peakMillis;
  return isRecent ? Math.max(session.peakTokens, session.tokensUsed) : session.tokensUsed;
}

/** Applies counters that the caller provides. A counter never falls, because that would look like a restart. */
export function applyCounters(
  session: SessionRecord,
  counters: SessionCounters,
  monotonicMillis: number,
): void {
  if (counters.threshold70Count > session.threshold70Count) startPeak(session, monotonicMillis);
  session.checkpointCount = Math.max(session.checkpointCount, counters.checkpointCount);
  session.tokensSaved = Math.max(session.tokensSaved, counters.tokensSaved);
  session.threshold70Count = Math.max(session.threshold70Count, counters.threshold70Count);
  session.threshold90Count = Math.max(session.threshold90Count, counters.threshold90Count);
  session.threshold70Hit = counters.threshold70Hit;
  session.threshold90Hit = counters.threshold90Hit;
}

/** Applies a valid checkpoint and re-arms both thresholds. */
export function applyCheckpoint(session: SessionRecord, tokensSaved: number): void {
  session.checkpointCount += 1;
  session.tokensSaved += tokensSaved;
  session.threshold70Hit = false;
  session.threshold90Hit = false;
}

/**
 * A copy of a session that later changes do not affect.
 * Copied field by field, because a spread takes six times as long.
 *
 * @param monotonicMillis the time since the registry began
 * @param beganAtMillis wall-clock time at which the registry began
 */
export function sessionContext(
  session: SessionRecord,
  monotonicMillis: number,
  beganAtMillis: number,
): SessionContext {
  return {
    sessionId: session.sessionId,
    tokensUsed: session.tokensUsed,
    peakTokens: peakTokensOf(session, monotonicMillis),
    windowTokens: session.windowTokens,
    usagePercent: usagePercentOf(session.tokensUsed, session.windowTokens),
    model: session.model,
    checkpointCount: session.checkpointCount,
    tokensSaved: session.tokensSaved,
    createdAtMillis: session.createdAtMillis + beganAtMillis,
    lastActivityMillis: session.lastActivityMillis + beganAtMillis,
    threshold70Hit: session.threshold70Hit,
    threshold90Hit: session.threshold90Hit,
    threshold70Count: session.threshold70Count,
    threshold90Count: session.threshold90Count,
    countersAtStart: session.countersAtStart,
    durationMillis: monotonicMillis - session.createdMonotonicMillis,
  };
}
