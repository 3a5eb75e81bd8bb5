import { fetchFrom, type Server } from './http-client.ts';

/** A silence, as Alertmanager's API returns it. */
export interface Silence {
  readonly id: string;
  readonly endsAt: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
  readonly matchers: readonly { readonly name: string; readonly value: string; readonly isRegex: boolean }[];
}

/** A silence to create. */
export interface NewSilence {
  /** The session to silence. Default: all sessions. */
  readonly sessionId?: string | undefined;
  readonly seconds: number;
  /** Shown in Alertmanager's own pages. */
  readonly comment: string;
}

/** The silences in force now. */
export async function activeSilences(alertmanager: Server): Promise<readonly Silence[]> {
  const silences = (await (await fetchFrom(alertmanager, '/api/v2/silences')).json()) as readonly Silence[];
  return silences.filter(({ status }) => status.state === 'active');
}

/** How long the monitor and the page silence a session, in seconds. */
export const silenceSeconds = 3_600;

/** The ids of the sessions that a silence names. */
export function silencedSessionIds({ matchers }: Silence): string[] {
  return matchers.filter(({ name, isRegex }) => name === 'session_id' && !isRegex).map(({ value }) => value);
}

/** Ends all silences that name a session, and returns how many there were. */
export async function endSilencesOf(alertmanager: Server, sessionId: string): Promise<number> {
  const silences = await activeSilences(alertmanager);
  const own = silences.filter((silence) => silencedSessionIds(silence).includes(sessionId));
  for (const { id } of own) await endSilence(alertmanager, id);
  return own.length;
}

/** Creates a silence and returns its id and when it ends. */
export async function startSilence(alertmanager: Server, { sessionId, seconds, comment }: NewSilence) {
  const startsAt = new Date();
  const endsAt = new Date(startsAt.getTime() + seconds * 1_000);
  const response = await fetchFrom(alertmanager, '/api/v2/silences', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ matchers: matchersOf(sessionId), startsAt, endsAt, createdBy: 'ctxd', comment }),
  });
  const { silenceID } = (await response.json()) as { silenceID: string };
  return { id: silenceID, endsAt };
}

/** Without a session, matches every alert but the watchdog, whose silence would look like a failure. */
function matchersOf(sessionId: string | undefined) {
  return sessionId === undefined
    ? [{ name: 'severity', value: 'none', isRegex: false, isEqual: false }]
    : [{ name: 'session_id', value: sessionId, isRegex: false, isEqual: true }];
}

/** An alert as Alertmanager answers with it. */
interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[] };
}

/** An alert that fires now, and the words of its rule. */
export interface ActiveAlert {
  readonly name: string;
  readonly severity: string;
  /** The session that it is about; absent for the stack's own. */
  readonly sessionId?: string | undefined;
  readonly summary: string;
  readonly description: string;
  readonly startedAtMillis: number;
  readonly isSilenced: boolean;
}

/** The alerts that fire now, but for the one that always does. */
export async function activeAlerts(alertmanager: Server, signal?: AbortSignal): Promise<ActiveAlert[]> {
  const response = await fetchFrom(alertmanager, '/api/v2/alerts', signal && { signal });
  const alerts = (await response.json()) as readonly AlertmanagerAlert[];
  return alerts
    .filter(({ labels }) => labels['severity'] !== 'none')
    .map(({ labels, annotations, startsAt, status }) => ({
      name: labels['alertname'] ?? '',
      severity: labels['severity'] ?? '',
      sessionId: labels['session_id'],
      summary: annotations['summary'] ?? '',
      description: annotations['description'] ?? '',
      startedAtMillis: Date.parse(startsAt),
      isSilenced: status.silencedBy.length > 0,
    }));
}

/** Ends a silence. */
export async function endSilence(alertmanager: Server, id: string): Promise<void> {
  await fetchFrom(alertmanager, `/api/v2/silence/${encodeURIComponent(id)}`, { method: 'DELETE' });
}
