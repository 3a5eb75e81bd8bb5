import type { SessionObservation } from '../reports/observation.ts';
import type { TrackedSession } from './tracked-session.ts';

/** After a session is resumed, the former process's end can arrive this late. */
const lateEndMillis = 30_000;
/** A process that resumes a session takes at least this long to start and make a request. */
const restartMillis = 1_000;

/**
 * Whether an end comes from a process that no longer holds the session. While a process is running, only its own end counts,
 * which its session file shows. Without that file, a session that was just resumed gets two ends, and the first one belongs to
 * the former process.
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

/** Records whether a process holds the session, and when it was resumed. */
export function noteProcess(
  session: TrackedSession,
  observation: SessionObservation,
  nowMillis: number,
): void {
  if (observation.running) session.isRunning = true;
  if (observation.source === 'process' && observation.ended) session.isRunning = false;
  if (isResume(session, observation, nowMillis)) session.resumedAtMillis = nowMillis;
}

/** Whether Claude Code reports a resume, or its event sequence restarts at a later time. */
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
