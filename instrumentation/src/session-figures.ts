import { sessionMetrics, type Metric } from './metrics.ts';
import type { SessionContext, SessionCounters } from './session.ts';

/** One metric of a session, and how its value is read. */
export interface SessionFigure {
  readonly metric: Metric;
  readonly valueOf: (session: SessionContext) => number;
  /** For a counter, its value among the counters alone. */
  readonly counterOf?: (counters: SessionCounters) => number;
}

type Key = keyof typeof sessionMetrics;

const gauges = {
  contextTokens: (session) => session.tokensUsed,
  peakTokens: (session) => session.peakTokens,
  contextUsagePercent: (session) => session.usagePercent,
  duration: (session) => session.durationMillis / 1_000,
  windowTokens: (session) => session.windowTokens,
  lastActivity: (session) => session.lastActivityMillis / 1_000,
} as const satisfies Partial<Record<Key, (session: SessionContext) => number>>;

const counters = {
  threshold70: (session) => session.threshold70Count,
  threshold90: (session) => session.threshold90Count,
  checkpoints: (session) => session.checkpointCount,
  tokensSaved: (session) => session.tokensSaved,
} as const satisfies Partial<Record<Key, (session: SessionCounters) => number>>;

/** The metrics that each live session has. */
export const sessionFigures: readonly SessionFigure[] = (Object.keys(sessionMetrics) as Key[]).map((key) => {
  const metric = sessionMetrics[key];
  const counterOf = key in counters ? counters[key as keyof typeof counters] : undefined;
  return counterOf === undefined
    ? { metric, valueOf: gauges[key as keyof typeof gauges] }
    : { metric, valueOf: counterOf, counterOf };
});
