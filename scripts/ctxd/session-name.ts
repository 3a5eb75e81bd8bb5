import type { SessionList } from '#answers';
import { ask, type Server } from '../../dashboards/source/http-client.ts';
import { oneMeant } from '../../dashboards/source/past-sessions.ts';

/**
 * Gives a session a name, at the receiver, and gives the session's id.
 *
 * @param text - an id, the beginning of one, or the name that it has.
 * @throws RangeError when the receiver knows no such live session, or more than one; Error when it refuses
 */
export async function nameSession(receiver: Server, text: string, name: string): Promise<string> {
  const answer = await ask(receiver, '/v1/sessions');
  const { sessions } = (await answer.json()) as SessionList;
  const none = `The receiver knows no live session ${text}. Those can be named that report to it, as Claude Code does`;
  const { id } = oneMeant(sessions, text, none);
  await ask(receiver, `/v1/sessions/${encodeURIComponent(id)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  return id;
}
