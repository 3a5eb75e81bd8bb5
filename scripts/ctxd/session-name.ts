import type { SessionList } from '#answers';
import { fetchFrom, type Server } from '../../dashboards/source/http-client.ts';
import { oneMeant } from '../../dashboards/source/past-sessions.ts';

/**
 * Names a session at the receiver and returns the session's id.
 *
 * @param text - its id, the first characters of the id, or its current name.
 * @throws RangeError when no live session matches, or more than one; Error when the receiver refuses
 */
export async function nameSession(receiver: Server, text: string, name: string): Promise<string> {
  const answer = await fetchFrom(receiver, '/v1/sessions');
  const { sessions } = (await answer.json()) as SessionList;
  const none = `The receiver knows no live session ${text}. Only sessions that report to it, as Claude Code does, can be named`;
  const { id } = oneMeant(sessions, text, none);
  await fetchFrom(receiver, `/v1/sessions/${encodeURIComponent(id)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  return id;
}
