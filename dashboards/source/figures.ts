/** What is known of one live session now. */
export interface SessionFigures {
  readonly id: string;
  /** What the user calls it. */
  readonly name?: string | undefined;
  readonly project?: string | undefined;
  readonly model?: string | undefined;
  readonly tokensUsed: number;
  readonly windowTokens: number;
  /** Share of the window, 0 to 100 and above when over-full. */
  readonly usagePercent: number;
  readonly checkpoints: number;
  readonly tokensSaved: number;
  readonly durationSeconds: number;
  /** Unix time of the last activity. */
  readonly lastActivitySeconds?: number | undefined;
  readonly costUsd?: number | undefined;
}

/** An alert that is firing. */
export interface FiringAlert {
  readonly name: string;
  readonly severity: string;
  /** The session that it is about; absent for the stack's own. */
  readonly sessionId?: string | undefined;
}

/** An alert as it was delivered to the receiver's inbox. */
export interface DeliveredAlert {
  readonly atMillis: number;
  readonly status: 'firing' | 'resolved';
  readonly name: string;
  readonly severity: string;
  /** The session that it is about; absent for the stack's own. */
  readonly sessionId?: string | undefined;
}

/** Everything that a source says of one moment. What it cannot know is absent, never 0. */
export interface Snapshot {
  readonly sessions: readonly SessionFigures[];
  /** Unix time of the newest figure; absent when none ever came. */
  readonly newestSampleSeconds?: number | undefined;
  readonly uptimeSeconds?: number | undefined;
  /** Crossings of each threshold within 5 minutes. */
  readonly crossings?: { readonly warning: number; readonly critical: number } | undefined;
  readonly http?:
    { readonly requestsPerMinute: number; readonly p95Seconds?: number | undefined } | undefined;
  readonly embeddings?:
    { readonly operations: number; readonly tokens: number; readonly costUsd: number } | undefined;
  readonly alerts: readonly FiringAlert[];
  /** The newest first; absent where no receiver answered. */
  readonly delivered?: readonly DeliveredAlert[] | undefined;
}

/** How a session's context went lately. */
export interface Trend {
  /** Shares of the window in percent, oldest first, evenly spaced. */
  readonly usagePercents: readonly number[];
  readonly secondsToFull?: number | undefined;
}

/** One moment of a session. */
export interface HistoryPoint {
  readonly atSeconds: number;
  readonly tokensUsed: number;
  readonly usagePercent: number;
}

/** A checkpoint as the history shows it. */
export interface CheckpointEntry {
  readonly atSeconds: number;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly tokensSaved: number;
}

/** All of a session's past that is shown. */
export interface SessionHistory {
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
  readonly checkpoints: readonly CheckpointEntry[];
}

/** Where the monitor gets its figures. */
export interface MonitorSource {
  /** What it is, for people. */
  readonly title: string;
  /** Whether it knows nothing of the past but what it saw itself. */
  readonly isLiveOnly: boolean;
  /** Milliseconds of the moment that it speaks of: now, or that of a replay. */
  readonly now: () => number;
  /** @throws Error with a sentence for people when it cannot be asked */
  snapshot(): Promise<Snapshot>;
  trends(sessionIds: readonly string[]): Promise<ReadonlyMap<string, Trend>>;
  history(sessionId: string, durationSeconds: number): Promise<SessionHistory>;
  /** Whether there is nothing new to come: a replay has come to its end. */
  readonly isOver?: (() => boolean) | undefined;
  /** Told when the user pauses and goes on: a replay stands still. */
  readonly pause?: ((isPaused: boolean) => void) | undefined;
}
