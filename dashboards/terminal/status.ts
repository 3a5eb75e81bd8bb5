/** What the monitor knows of its source, besides the figures. */
export interface FeedCondition {
  /** Unix time of the newest figure that was ever read. */
  readonly newestSampleSeconds?: number | undefined;
  readonly hasAnswered: boolean;
  readonly isLiveOnly: boolean;
  readonly isPaused: boolean;
  /** Why the source could not be asked last time. */
  readonly problem?: string | undefined;
  /** Milliseconds of the moment when it is asked again. */
  readonly nextAttemptMillis?: number | undefined;
}

/** How far the figures can be believed. */
export interface Status {
  readonly health: 'connecting' | 'healthy' | 'stale' | 'down';
  /** Age of the newest figure; absent when none ever came. */
  readonly ageSeconds: number | undefined;
  readonly isLiveOnly: boolean;
  readonly isPaused: boolean;
  readonly problem: string | undefined;
  readonly retrySeconds: number | undefined;
}

/** Servers report each second and the store shows it 5 s later at most: what is older than this has stopped. */
const staleAfterSeconds = 15;

/** How far the figures can be believed now. */
export function statusOf(condition: FeedCondition, nowMillis: number): Status {
  const { newestSampleSeconds, nextAttemptMillis, isLiveOnly, isPaused, problem } = condition;
  const ageSeconds =
    newestSampleSeconds === undefined ? undefined : Math.max(0, nowMillis / 1_000 - newestSampleSeconds);
  return {
    health: healthOf(condition, ageSeconds),
    ageSeconds,
    isLiveOnly,
    isPaused,
    problem,
    retrySeconds:
      problem === undefined || nextAttemptMillis === undefined
        ? undefined
        : Math.max(0, Math.ceil((nextAttemptMillis - nowMillis) / 1_000)),
  };
}

function healthOf({ problem, hasAnswered }: FeedCondition, ageSeconds: number | undefined): Status['health'] {
  if (problem !== undefined) return 'down';
  if (!hasAnswered) return 'connecting';
  return ageSeconds === undefined || ageSeconds > staleAfterSeconds ? 'stale' : 'healthy';
}
