import type { SessionContext } from '../session.ts';
import type { CompactionTrigger, ObservationSource, ReportSource } from './reports/observation.ts';

/** The answer to `GET /v1/sessions`. */
export interface SessionList {
  readonly sessions: readonly (SessionView | WaitingSession)[];
}

/** A session that runs and has made no request yet: its figures are unknown. */
export interface WaitingSession extends Pick<
  SessionView,
  'id' | 'name' | 'project' | 'host' | 'model' | 'source' | 'subagents' | 'sources'
> {
  readonly tokensUsed: null;
  readonly windowTokens: null;
  readonly usagePercent: null;
}

/** One session, the answer to `GET /v1/sessions/:id`: its figures, its description, and its sources. */
export interface SessionView extends Omit<
  SessionContext,
  'sessionId' | 'threshold70Hit' | 'threshold90Hit' | 'peakTokens' | 'countersAtStart'
> {
  readonly id: string;
  readonly name?: string | undefined;
  readonly project?: string | undefined;
  readonly host?: string | undefined;
  /** The source of the token count. */
  readonly source?: ObservationSource | undefined;
  /** The source of the window's size, such as `model` or `statusline`. */
  readonly windowSource?: string | undefined;
  /** Whether the size of the window is a guess, which should be shown beside the percentage. */
  readonly isWindowAssumed: boolean;
  readonly compactionThresholdTokens?: number | undefined;
  /** US dollars so far. */
  readonly costUsd?: number | undefined;
  readonly subagents: readonly {
    readonly name: string;
    readonly tokensUsed: number;
    /** Size of its window, if its status line states it. */
    readonly windowTokens?: number | undefined;
    readonly atMillis: number;
  }[];
  /** The newest one. */
  readonly lastCompaction?:
    | { readonly atMillis: number; readonly trigger: CompactionTrigger; readonly tokensSaved: number }
    | undefined;
  /** Wall-clock time of each source's newest report on this session, in milliseconds. */
  readonly sources: Readonly<Partial<Record<ObservationSource, number>>>;
}

/** The answer to `GET /v1/sources`. */
export interface SourceList {
  readonly sources: readonly SourceReport[];
}

/** The reports that one source has sent since the receiver started. */
export interface SourceReport {
  /** `alerts` is only listed once a notification from Alertmanager was rejected. */
  readonly source: ReportSource;
  /** Wall-clock time of its newest report in milliseconds; `null` before the first one. */
  readonly lastSeenAtMillis: number | null;
  /** Number of live sessions that it reports on. */
  readonly sessions: number;
  /** Number of ignored items, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}

/** The answer to `GET /alerts`. */
export interface InboxView {
  /** Oldest first. */
  readonly alerts: readonly KeptAlert[];
  /** Wall-clock time of the newest watchdog notification in milliseconds; `null` if none came since the start. */
  readonly watchdogAtMillis: number | null;
  /** Number of alerts since the start that were over the limit of one notification; absent if none were. */
  readonly dropped?: number;
}

/** An alert that Alertmanager sent. */
export interface KeptAlert {
  /** Grows by 1 with each alert that is kept. */
  readonly id: number;
  /** Wall-clock time of its arrival in milliseconds. */
  readonly receivedAtMillis: number;
  readonly status: 'firing' | 'resolved';
  readonly name: string;
  readonly severity: string;
  /** Empty when the alert is not about a session. */
  readonly sessionId: string;
  readonly summary: string;
  readonly description: string;
  /** One line for a locked phone, of the status: the session, its usage and what is left. */
  readonly title?: string;
  /** One sentence on what to do. */
  readonly advice?: string;
  readonly runbookUrl: string;
  readonly dashboardUrl: string;
  /** RFC 3339. */
  readonly startsAt: string;
  /** RFC 3339; empty while the alert fires. */
  readonly endsAt: string;
  /** The same for the same labels. */
  readonly fingerprint: string;
}
