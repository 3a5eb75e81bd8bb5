import { ask, type Server } from '../../dashboards/source/http-client.ts';
import { printable } from '../../dashboards/text/text.ts';
import type { Connection } from '../reach/connection.ts';
import { sessionMeant } from '../../dashboards/source/past-sessions.ts';
import { UsageError } from '../ctxd/usage-error.ts';

/** Whom to silence, and for how long. */
export interface SilenceRequest {
  /** A session's id, the beginning of it, or its name; or `all`. */
  readonly whom: string;
  readonly seconds: number;
}

/** A silence as Alertmanager answers with it. */
interface Silence {
  readonly id: string;
  readonly endsAt: string;
  readonly status: { readonly state: 'active' | 'pending' | 'expired' };
  readonly matchers: readonly { readonly name: string; readonly value: string; readonly isRegex: boolean }[];
}

/** A session may have ended a while ago and be about to go on. */
const sessionsOfSeconds = 86_400;

/** What is silenced, for how long, and why. */
interface NewSilence {
  /** Absent for all sessions. */
  readonly sessionId?: string | undefined;
  readonly seconds: number;
  /** For those who see it in Alertmanager. */
  readonly comment: string;
}

/** Has Alertmanager send no alerts for a time, and says until when and how to end that. */
export async function silence(
  { alertmanager, store }: Pick<Connection, 'alertmanager' | 'store'>,
  { whom, seconds }: SilenceRequest,
): Promise<string> {
  const nowSeconds = Date.now() / 1_000;
  const span = { startSeconds: nowSeconds - sessionsOfSeconds, endSeconds: nowSeconds };
  const sessionId = whom === 'all' ? undefined : (await sessionMeant(store, span, whom)).id;
  const comment = 'npm run alerts:silence';
  const { id, endsAt } = await startSilence(alertmanager, { sessionId, seconds, comment });
  return sentence(sessionId, endsAt, id);
}

/** The silences that hold now. */
export async function activeSilences(alertmanager: Server): Promise<readonly Silence[]> {
  const silences = (await (await ask(alertmanager, '/api/v2/silences')).json()) as readonly Silence[];
  return silences.filter(({ status }) => status.state === 'active');
}

/** What is silenced now: a sentence for each. */
export async function silences(alertmanager: Server): Promise<readonly string[]> {
  const active = await activeSilences(alertmanager);
  if (active.length === 0) return ['No alerts are silenced.'];
  return active.map(({ id, endsAt, matchers }) =>
    sentence(matchers.find(({ name }) => name === 'session_id')?.value, new Date(endsAt), id),
  );
}

function sentence(sessionId: string | undefined, endsAt: Date, id: string): string {
  const whose = sessionId === undefined ? 'All alerts' : `Alerts of ${printable(sessionId)}`;
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

/**
 * Ends a silence.
 *
 * @throws UsageError where there is none of that id
 */
export async function endSilence(alertmanager: Server, id: string): Promise<string> {
  if (!(await activeSilences(alertmanager)).some((active) => active.id === id)) {
    throw new UsageError(
      `There is no silence ${printable(id)}. npm run alerts:silence lists what is silenced`,
    );
  }
  await ask(alertmanager, `/api/v2/silence/${encodeURIComponent(id)}`, { method: 'DELETE' });
  return `The silence ${id} has ended.`;
}

/** All but the alert that always fires, whose silence would look like a failure. */
function matchersOf(sessionId: string | undefined) {
  return sessionId === undefined
    ? [{ name: 'severity', value: 'none', isRegex: false, isEqual: false }]
    : [{ name: 'session_id', value: sessionId, isRegex: false, isEqual: true }];
}
