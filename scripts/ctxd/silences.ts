import type { Server } from '../../dashboards/source/http-client.ts';
import {
  activeSilences,
  endSilencesOf,
  silencedSessionIds,
  silenceSeconds,
  startSilence,
} from '../../dashboards/source/alertmanager.ts';

/** Silences a session's alerts for an hour, or ends its silences. Returns a sentence that says which. */
export async function toggleSilence(
  alertmanager: Server,
  { id: sessionId, label }: { readonly id: string; readonly label: string },
): Promise<string> {
  if ((await endSilencesOf(alertmanager, sessionId)) > 0) return `Alerts of ${label} are no longer silenced`;
  const silence = { sessionId, seconds: silenceSeconds, comment: 'Silenced in the monitor' };
  const { endsAt } = await startSilence(alertmanager, silence);
  return `Alerts of ${label} are silenced until ${endsAt.toLocaleTimeString('en-GB')}`;
}

/** The ids of the sessions whose alerts are silenced now. */
export async function silencedSessions(alertmanager: Server): Promise<ReadonlySet<string>> {
  return new Set((await activeSilences(alertmanager)).flatMap(silencedSessionIds));
}
