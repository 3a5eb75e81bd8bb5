import type Koa from 'koa';

/** One way of keeping and exporting the metrics of sessions: what is compared. */
export interface Subject {
  /** Sets the seven series of one session. */
  update(sessionId: string, tokensUsed: number): void;
  /** Adds to an application what does the same for each request, its duration included, and answers 204. */
  install(app: Koa, nextTokens: () => number): void;
  /** Exports once and waits until it is delivered; where there is nothing to deliver to, until it could be. */
  flush(): Promise<void>;
  /** The text of a scrape, where the subject is scraped. */
  readonly scrape?: () => Promise<string>;
}

/** How a subject works. */
export interface SubjectOptions {
  /** Where to export to. Default: no export. */
  readonly sinkUrl?: string | undefined;
  /** Milliseconds between exports. Default 1,000. */
  readonly exportIntervalMillis?: number;
}

/** The most sessions that any measurement keeps. */
export const maxSessions = 100_000;

/** The header by which a request names its session. */
export const sessionHeader = 'x-claude-code-session-id';

/** Upper bounds of the histogram's buckets: those of the semantic conventions, as in our package. */
export const durationBoundsSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
