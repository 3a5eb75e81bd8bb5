import { shortId } from '../../text/session-label.ts';
import type { MonitorSession } from '../monitor-model.ts';

/** What the session of an alert is called; its short id when it has ended; empty for an alert on the stack. */
export function alertSubject(sessionId: string | undefined, sessions: readonly MonitorSession[]): string {
  if (sessionId === undefined) return '';
  return sessions.find(({ id }) => id === sessionId)?.label ?? shortId(sessionId);
}
