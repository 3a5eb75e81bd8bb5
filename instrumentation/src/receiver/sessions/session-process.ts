import type { SessionObservation } from '../reports/observation.ts';
import type { TrackedSession } from './tracked-session.ts';

/** The end of a former process can arrive this late after another one resumed its session. */
const lateEndMillis = 30_000;
/** A process that resumes a session needs at least this long to start and make a request. */
const restartMillis = 1_000;

/**
 * Whether an end was reported by a process that no longer holds the session. While a process runs, only its own end counts,
 * which shows in its session file. Without that file, a session that was resumed a moment ago has two ends to come, and the
 * first is the former process's.
 */
export function isEndOfFormerProcess(
  session: TrackedSession,
  { source, ended }: SessionObservation,
  nowMillis: number,
): boolean {
  if (!ended || source === 'process' || source === 'api') return false;
  if (session.isRunning) return true;
  const { resumedAtMillis } = session;
  session.resumedAtMillis = undefined;
  return resumedAtMillis !== undefined && nowMillis - resumedAtMillis < lateEndMillis;
}

/** Notes which process holds the session. */
export function noteProcess(
  session: TrackedSession,
  observation: SessionObservation,
  nowMillis: number,
): void {
  if (observation.running) session.isRunning = true;
  if (observation.source === 'process' && observation.ended) session.isRunning = false;
  if (isResume(session, observation, nowMillis)) session.resumedAtMillis = nowMillis;
}

/** Claude Code says so, or its event sequence starts again at a later time. */
function isResume(
  { account, endedAtMillis, timeline }: TrackedSession,
  { source, sequence, atMillis, resumed }: SessionObservation,
  nowMillis: number,
): boolean {
  if (endedAtMillis !== undefined) return false;
  if (resumed) return account.figure !== undefined;
  const newest = timeline.reports.findLast((report) => report.source === 'otlp');
  if (source !== 'otlp' || sequence === undefined || newest?.sequence === undefined) return false;
  return sequence < newest.sequence && (atMillis ?? nowMillis) - newest.atMillis >= restartMillis;
}
