import type { Thresholds } from './thresholds.ts';
import { usagePercentOf, type Usage } from './usage.ts';

/** Everything that is known of one session. All times in milliseconds. */
export interface SessionContext {
  /** The id that the session was reported under. */
  readonly sessionId: string;
  /** Tokens in the context window at the newest report. */
  readonly tokensUsed: number;
  /** Size of the context window in tokens. */
  readonly windowTokens: number;
  /** Share of the window in percent; above 100 when over-full. */
  readonly usagePercent: number;
  /** The model's id, where it was reported. */
  readonly model: string | undefined;
  /** Checkpoints so far. */
  readonly checkpointCount: number;
  /** Tokens that the checkpoints saved, added up. */
  readonly tokensSaved: number;
  /** Wall-clock time of the first report. */
  readonly createdAtMillis: number;
  /** Wall-clock time of the newest report, checkpoint or request. */
  readonly lastActivityMillis: number;
  /** Whether the warning threshold was reached since the last checkpoint. */
  readonly threshold70Hit: boolean;
  /** Whether the critical threshold was reached since the last checkpoint. */
  readonly threshold90Hit: boolean;
  /** How often the warning threshold was reached, once for each checkpoint at most. */
  readonly threshold70Count: number;
  /** How often the critical threshold was reached, once for each checkpoint at most. */
  readonly threshold90Count: number;
  /** Time since the first report, by the monotonic clock: never negative. */
  readonly durationMillis: number;
}

/** The registry's own record: the same, changeable, with the monotonic times behind it. */
export type SessionRecord = {
  -readonly [K in Exclude<keyof SessionContext, 'durationMillis'>]: SessionContext[K];
} & {
  createdMonotonicMillis: number;
  lastActivityMonotonicMillis: number;
};

/** A session nobody has reported usage for yet. */
export function newSession(
  sessionId: string,
  windowTokens: number,
  nowMillis: number,
  monotonicMillis: number,
): SessionRecord {
  return {
    sessionId,
    tokensUsed: 0,
    windowTokens,
    usagePercent: 0,
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
    lastActivityMonotonicMillis: monotonicMillis,
  };
}

/** Takes over a checked report; a threshold counts once until the next checkpoint. */
export function applyUsage(session: SessionRecord, usage: Usage, thresholds: Thresholds): void {
  session.tokensUsed = usage.tokensUsed;
  if (usage.windowTokens !== undefined) session.windowTokens = usage.windowTokens;
  if (typeof usage.model === 'string') session.model = usage.model;
  session.usagePercent = usagePercentOf(session.tokensUsed, session.windowTokens);
  if (session.usagePercent >= thresholds.warning.percent && !session.threshold70Hit) {
    session.threshold70Hit = true;
    session.threshold70Count += 1;
  }
  if (session.usagePercent >= thresholds.critical.percent && !session.threshold90Hit) {
    session.threshold90Hit = true;
    session.threshold90Count += 1;
  }
}

/** Takes over a checked checkpoint and re-arms both thresholds. */
export function applyCheckpoint(session: SessionRecord, tokensSaved: number): void {
  session.checkpointCount += 1;
  session.tokensSaved += tokensSaved;
  session.threshold70Hit = false;
  session.threshold90Hit = false;
}

/**
 * What others get to see: a copy that later changes do not reach.
 * Field by field, since a spread takes six times as long.
 */
export function sessionContext(session: SessionRecord, monotonicMillis: number): SessionContext {
  return {
    sessionId: session.sessionId,
    tokensUsed: session.tokensUsed,
    windowTokens: session.windowTokens,
    usagePercent: session.usagePercent,
    model: session.model,
    checkpointCount: session.checkpointCount,
    tokensSaved: session.tokensSaved,
    createdAtMillis: session.createdAtMillis,
    lastActivityMillis: session.lastActivityMillis,
    threshold70Hit: session.threshold70Hit,
    threshold90Hit: session.threshold90Hit,
    threshold70Count: session.threshold70Count,
    threshold90Count: session.threshold90Count,
    durationMillis: monotonicMillis - session.createdMonotonicMillis,
  };
}
