import { ask, type Server } from './http-client.ts';

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
  const silences = (await (await ask(alertmanager, '/api/v2/silences')).json()) as readonly Silence[];
  return silences.filter(({ status }) => status.state === 'active');
}

/** Creates a silence and returns its id and when it ends. */
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

/** Without a session, matches every alert but the watchdog, whose silence would look like a failure. */
function matchersOf(sessionId: string | undefined) {
  return sessionId === undefined
    ? [{ name: 'severity', value: 'none', isRegex: false, isEqual: false }]
    : [{ name: 'session_id', value: sessionId, isRegex: false, isEqual: true }];
}
