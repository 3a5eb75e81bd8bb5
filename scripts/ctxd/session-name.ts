import { ask, type Server } from '../../dashboards/terminal/http-client.ts';
import { oneMeant } from './past-sessions.ts';

/**
 * The id of the session that can be named and is meant by an id, the beginning of one, or a name.
 *
 * @throws UsageError when there is none or more than one
 */
export async function liveSessionMeant(receiver: Server, text: string): Promise<string> {
  const answer = await ask(receiver, '/v1/sessions');
  const { sessions } = (await answer.json()) as { sessions: { id: string; name?: string }[] };
  const none = `The receiver knows no live session ${text}. Those can be named that report to it, as Claude Code does`;
  return oneMeant(sessions, text, none).id;
}

/**
 * Gives a session a name, at the receiver.
 *
 * @throws Error with the receiver's own words when it refuses
 */
export async function nameSession(receiver: Server, sessionId: string, name: string): Promise<void> {
  await ask(receiver, `/v1/sessions/${encodeURIComponent(sessionId)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
}
