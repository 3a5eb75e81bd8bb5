import { ask, type Server } from '../../dashboards/terminal/http-client.ts';

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
