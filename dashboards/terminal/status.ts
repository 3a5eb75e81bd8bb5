import { staleAfterSeconds } from '../text/staleness.ts';

/** The condition of the monitor's source. */
export interface FeedCondition {
  /** Unix time of the newest sample read so far. */
  readonly newestSampleSeconds?: number | undefined;
  readonly hasAnswered: boolean;
  readonly isLiveOnly: boolean;
  readonly isPaused: boolean;
  /** Names of the parts of the stack that do not answer. Default: all answer. */
  readonly away?: readonly string[] | undefined;
  /** Speed factor of a replay; absent for the present. */
  readonly replaySpeed?: number | undefined;
  /** Why the last attempt to read the source failed. */
  readonly problem?: string | undefined;
  /** Time of the next attempt, in milliseconds. */
  readonly nextAttemptMillis?: number | undefined;
}

/** The condition of the figures on screen. */
export interface Status {
  readonly health: 'connecting' | 'healthy' | 'degraded' | 'stale' | 'down';
  /** Age of the newest sample; `undefined` if there is none. */
  readonly ageSeconds: number | undefined;
  readonly isLiveOnly: boolean;
  readonly isPaused: boolean;
  /** Names of the parts of the stack that do not answer. */
  readonly away: readonly string[];
  /** Speed factor of a replay; absent for the present. */
  readonly replaySpeed?: number | undefined;
  readonly problem: string | undefined;
  readonly retrySeconds: number | undefined;
}

/** Computes the status from the condition of the source. */
export function statusOf(condition: FeedCondition, nowMillis: number): Status {
  const { newestSampleSeconds, nextAttemptMillis, isLiveOnly, isPaused, problem } = condition;
  const ageSeconds =
    newestSampleSeconds === undefined ? undefined : Math.max(0, nowMillis / 1_000 - newestSampleSeconds);
  return {
    health: healthOf(condition, ageSeconds),
    ageSeconds,
    isLiveOnly,
    isPaused,
    away: condition.away ?? [],
    replaySpeed: condition.replaySpeed,
    problem,
    retrySeconds:
      problem === undefined || nextAttemptMillis === undefined
        ? undefined
        : Math.max(0, Math.ceil((nextAttemptMillis - nowMillis) / 1_000)),
  };
}

function healthOf(
  { problem, hasAnswered, away = [] }: FeedCondition,
  ageSeconds: number | undefined,
): Status['health'] {
  if (problem !== undefined) return 'down';
  if (!hasAnswered) return 'connecting';
  if (ageSeconds === undefined || ageSeconds > staleAfterSeconds) return 'stale';
  return away.length > 0 ? 'degraded' : 'healthy';
}
