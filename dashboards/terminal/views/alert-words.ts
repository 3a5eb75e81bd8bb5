import { shortId } from '../../text/session-label.ts';
import type { MonitorSession } from '../monitor-model.ts';

/** An alert's name in words: `ContextWindowCritical` becomes `Context window critical`. */
export function alertWords(name: string): string {
  const words = name.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the session of an alert is called; its short id when it has ended; empty for an alert on the stack. */
export function alertSubject(sessionId: string | undefined, sessions: readonly MonitorSession[]): string {
  if (sessionId === undefined) return '';
  return sessions.find(({ id }) => id === sessionId)?.label ?? shortId(sessionId);
}
