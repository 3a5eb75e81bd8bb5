import type Koa from 'koa';

/** One implementation of session metrics, to compare with others. */
export interface Subject {
  /** Updates the seven series of one session. */
  update(sessionId: string, tokensUsed: number): void;
  /** Adds middleware to an application that does the same for each request, measures its duration, and responds with 204. */
  install(app: Koa, nextTokens: () => number): void;
  /** Exports what is due in an interval, for a subject that does not export by itself. */
  readonly exportDue?: () => Promise<void>;
  /** Returns the text of a scrape, for a subject that is scraped. */
  readonly scrape?: () => Promise<string>;
}

/** Options of a subject. */
export interface SubjectOptions {
  /** URL to export to. Default: no export. */
  readonly sinkUrl?: string | undefined;
  /** Milliseconds between exports. Default 1,000. */
  readonly exportIntervalMillis?: number;
}

/** The most sessions in any measurement. */
export const maxSessions = 100_000;

/** The header with the session id of a request. */
export const sessionHeader = 'x-claude-code-session-id';

/** Upper bounds of the histogram's buckets, in seconds: those of the semantic conventions, as in koa-context-window. */
export const durationBoundsSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
