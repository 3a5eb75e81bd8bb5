/** The figures of any session, live or past. */
export interface KnownSession {
  readonly id: string;
  /** The name that the user gave it. */
  readonly name?: string | undefined;
  readonly project?: string | undefined;
  readonly model?: string | undefined;
  readonly windowTokens: number;
  /** Whether the size of the window is a guess. */
  readonly isWindowAssumed?: boolean | undefined;
  readonly checkpoints: number;
  readonly tokensSaved: number;
  readonly costUsd?: number | undefined;
}

/** The current figures of one live session. */
export interface SessionFigures extends KnownSession {
  readonly tokensUsed: number;
  /** Share of the window in use, 0 to 100; can exceed 100. */
  readonly usagePercent: number;
  readonly durationSeconds: number;
  /** Unix time of the last activity. */
  readonly lastActivitySeconds?: number | undefined;
  /** Tokens at which Claude Code compacts the session. */
  readonly compactionTokens?: number | undefined;
}

/** A live session that has made no request yet, so that its figures are unknown. */
export interface WaitingSession extends Pick<KnownSession, 'id' | 'name' | 'project' | 'model'> {
  readonly host?: string | undefined;
}

/** An alert that is firing. */
export interface FiringAlert {
  readonly name: string;
  readonly severity: string;
  /** The session that it is about; absent for alerts on the stack itself. */
  readonly sessionId?: string | undefined;
}

/** An alert that Alertmanager sent to the receiver's inbox. */
export interface DeliveredAlert {
  readonly atMillis: number;
  readonly status: 'firing' | 'resolved';
  readonly name: string;
  readonly severity: string;
  /** The session that it is about; absent for alerts on the stack itself. */
  readonly sessionId?: string | undefined;
}

/** All figures of one moment. A figure that the source does not have is absent, never 0. */
export interface Snapshot {
  readonly sessions: readonly SessionFigures[];
  /** The live sessions without figures. Default: none. */
  readonly waiting?: readonly WaitingSession[];
  /** Unix time of the newest sample; absent if there is none. */
  readonly newestSampleSeconds?: number | undefined;
  readonly uptimeSeconds?: number | undefined;
  /** Crossings of each threshold in the last 5 minutes. */
  readonly crossings?: { readonly warning: number; readonly critical: number } | undefined;
  readonly http?:
    { readonly requestsPerMinute: number; readonly p95Seconds?: number | undefined } | undefined;
  readonly embeddings?:
    { readonly operations: number; readonly tokens: number; readonly costUsd: number } | undefined;
  readonly alerts: readonly FiringAlert[];
  /** Newest first; absent if no receiver answered. */
  readonly delivered?: readonly DeliveredAlert[] | undefined;
}

/** Recent usage of a session. */
export interface Trend {
  /** Shares of the window in percent, oldest first, evenly spaced. */
  readonly usagePercents: readonly number[];
  /** Predicted time until the window is full; absent while usage does not grow. */
  readonly secondsToFull?: number | undefined;
}

/** A session's usage at one moment. */
export interface HistoryPoint {
  readonly atSeconds: number;
  readonly tokensUsed: number;
  readonly usagePercent: number;
}

/** A checkpoint in a session's history. */
export interface CheckpointEntry {
  readonly atSeconds: number;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly tokensSaved: number;
}

/** The history of a session. */
export interface SessionHistory {
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
  readonly checkpoints: readonly CheckpointEntry[];
}

/** Provides the monitor's figures. */
export interface MonitorSource {
  /** Its name as users see it, such as `VictoriaMetrics at http://…`. */
  readonly title: string;
  /** Whether its history starts only when the monitor starts. */
  readonly isLiveOnly: boolean;
  /** The current time of the figures in milliseconds: now, or the position of a replay. */
  readonly now: () => number;
  /** @throws Error with a sentence for people if the source cannot be reached */
  snapshot(): Promise<Snapshot>;
  trends(sessionIds: readonly string[]): Promise<ReadonlyMap<string, Trend>>;
  history(sessionId: string, durationSeconds: number): Promise<SessionHistory>;
  /** Names of the parts of the stack that do not answer. */
  readonly awayParts?: (() => Promise<readonly string[]>) | undefined;
  /** Speed factor of a replay; absent for the present. */
  readonly replaySpeed?: number | undefined;
  /** Whether the last snapshot was the final one, as at the end of a replay. */
  readonly isOver?: (() => boolean) | undefined;
  /** Called when the user pauses or resumes; it stops and resumes a replay. */
  readonly pause?: ((isPaused: boolean) => void) | undefined;
}

/**
 * The size of a window in tokens that is not reported, such as by a sender of only the agreed metrics: what tokens and usage in
 * percent say, to the thousand; 0 if they say nothing.
 */
export function impliedWindow(tokens: number, usagePercent: number): number {
  return usagePercent > 0 ? 1_000 * Math.round(tokens / usagePercent / 10) : 0;
}
