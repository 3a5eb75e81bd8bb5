import { ask, type Server } from '../../dashboards/terminal/http-client.ts';

/** Whom to silence, and for how long. */
export interface SilenceRequest {
  /** A session's id, or `all`. */
  readonly whom: string;
  readonly seconds: number;
}

/** What is silenced, for how long, and why. */
interface NewSilence {
  /** Absent for all sessions. */
  readonly sessionId?: string | undefined;
  readonly seconds: number;
  /** For those who see it in Alertmanager. */
  readonly comment: string;
}

/** Has Alertmanager send no alerts for a time, and says until when and how to end that. */
export async function silence(alertmanager: Server, { whom, seconds }: SilenceRequest): Promise<string> {
  const sessionId = whom === 'all' ? undefined : whom;
  const comment = 'npm run alerts:silence';
  const { id, endsAt } = await startSilence(alertmanager, { sessionId, seconds, comment });
  const whose = whom === 'all' ? 'All alerts' : `Alerts of ${whom}`;
  return `${whose} are silenced until ${endsAt.toLocaleString('sv-SE')}.\nEnd it: npm run alerts:silence -- --end ${id}`;
}

/** Has Alertmanager send no alerts for a time: the silence's id, and when it ends. */
export async function startSilence(alertmanager: Server, { sessionId, seconds, comment }: NewSilence) {
  const startsAt = new Date();
  const endsAt = new Date(startsAt.getTime() + seconds * 1_000);
  const response = await ask(alertmanager, '/api/v2/silences', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ matchers: matchersOf(sessionId), startsAt, endsAt, createdBy: 'ctxd', comment }),
  });
  const { silenceID } = (await response.json()) as { silenceID: string };
  return { id: silenceID, endsAt };
}

/** Ends a silence. */
export async function endSilence(alertmanager: Server, id: string): Promise<string> {
  await ask(alertmanager, `/api/v2/silence/${encodeURIComponent(id)}`, { method: 'DELETE' });
  return `The silence ${id} has ended.`;
}

/** All but the alert that always fires, whose silence would look like a failure. */
function matchersOf(sessionId: string | undefined) {
  return sessionId === undefined
    ? [{ name: 'severity', value: 'none', isRegex: false, isEqual: false }]
    : [{ name: 'session_id', value: sessionId, isRegex: false, isEqual: true }];
}
