import { UsageError } from '../../compose/system/stack-error.ts';
import { activeSilences, endSilence as endAt, startSilence } from '../../dashboards/source/alertmanager.ts';
import type { Server } from '../../dashboards/source/http-client.ts';
import { sessionMeant } from '../../dashboards/source/past-sessions.ts';
import { printable } from '../../dashboards/text/text.ts';
import type { Connection } from '../reach/connection.ts';

/** Which alerts to silence, and for how long. */
export interface SilenceRequest {
  /** The session's id, the first characters of the id, or its name; or `all`. */
  readonly session: string;
  readonly seconds: number;
}

/** How far back to look for the session: it may have ended a while ago and be about to resume. */
const lookBackSeconds = 86_400;

/** Silences alerts for a time and returns a sentence that says until when and how to end the silence. */
export async function silence(
  { alertmanager, store }: Pick<Connection, 'alertmanager' | 'store'>,
  { session, seconds }: SilenceRequest,
): Promise<string> {
  const nowSeconds = Date.now() / 1_000;
  const span = { startSeconds: nowSeconds - lookBackSeconds, endSeconds: nowSeconds };
  const sessionId = session === 'all' ? undefined : (await sessionMeant(store, span, session)).id;
  const comment = 'npm run alerts:silence';
  const { id, endsAt } = await startSilence(alertmanager, { sessionId, seconds, comment });
  return sentence(sessionId, endsAt, id);
}

/** A sentence for each active silence. */
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

/**
 * Ends a silence and returns a sentence that says so.
 *
 * @throws UsageError when no active silence has that id
 */
export async function endSilence(alertmanager: Server, id: string): Promise<string> {
  if (!(await activeSilences(alertmanager)).some((active) => active.id === id)) {
    throw new UsageError(`There is no silence ${printable(id)}. List them: npm run alerts:silence`);
  }
  await endAt(alertmanager, id);
  return `The silence ${id} has ended.`;
}
