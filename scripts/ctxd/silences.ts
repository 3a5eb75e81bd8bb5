import type { Server } from '../../dashboards/source/http-client.ts';
import { activeSilences, startSilence } from '../../dashboards/source/alertmanager.ts';

const silenceSeconds = 3_600;

/** Silences a session's alerts for an hour and returns a sentence that says until when. */
export async function silenceSession(alertmanager: Server, sessionId: string): Promise<string> {
  const silence = { sessionId, seconds: silenceSeconds, comment: 'Silenced in the monitor' };
  const { endsAt } = await startSilence(alertmanager, silence);
  return `Alerts of ${sessionId} are silenced until ${endsAt.toLocaleTimeString('en-GB')}`;
}

/** The ids of the sessions whose alerts are silenced now. */
export async function silencedSessions(alertmanager: Server): Promise<ReadonlySet<string>> {
  return new Set(
    (await activeSilences(alertmanager)).flatMap(({ matchers }) =>
      matchers.filter(({ name, isRegex }) => name === 'session_id' && !isRegex).map(({ value }) => value),
    ),
  );
}
