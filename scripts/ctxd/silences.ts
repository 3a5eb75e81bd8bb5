import { ask, type Server } from '../../dashboards/terminal/http-client.ts';
import { startSilence } from '../alerts/silence.ts';

/** A silence as Alertmanager answers with it. */
interface Silence {
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
  readonly matchers: readonly { readonly name: string; readonly value: string; readonly isRegex: boolean }[];
}

const silenceSeconds = 3_600;

/** Silences the alerts of a session for an hour, in Alertmanager, and tells until when. */
export async function silenceSession(alertmanager: Server, sessionId: string): Promise<string> {
  const silence = { sessionId, seconds: silenceSeconds, comment: 'Silenced in the monitor' };
  const { endsAt } = await startSilence(alertmanager, silence);
  return `Alerts of ${sessionId} are silenced until ${endsAt.toLocaleTimeString('en-GB')}`;
}

/** The sessions whose alerts are silenced now. */
export async function silencedSessions(alertmanager: Server): Promise<ReadonlySet<string>> {
  const response = await ask(alertmanager, '/api/v2/silences');
  const silences = (await response.json()) as readonly Silence[];
  const active = silences.filter(({ status }) => status.state === 'active');
  return new Set(
    active.flatMap(({ matchers }) =>
      matchers.filter(({ name, isRegex }) => name === 'session_id' && !isRegex).map(({ value }) => value),
    ),
  );
}
