import { endSilencesOf, silenceSeconds, startSilence } from '../../source/alertmanager.ts';
import { fetchFrom } from '../../source/http-client.ts';
import { PageProblem } from './page-problem.ts';
import type { PageServers } from './servers.ts';

/** The servers that a change is sent to, and the sessions that the reader may change. */
export interface Changing {
  readonly servers: PageServers;
  /** Whether the reader may see a session. */
  readonly maySee: (sessionId: string) => boolean;
}

type Request = Readonly<Record<string, unknown>>;

/** The changes that the page can make, by the path of the POST request. Each throws an error with a readable message. */
export const changes: Readonly<Record<string, (request: Request, context: Changing) => Promise<unknown>>> = {
  '/page/name': rename,
  '/page/silence': silence,
  '/page/unsilence': unsilence,
};

async function rename(request: Request, { servers, maySee }: Changing): Promise<void> {
  const id = text(request, 'sessionId');
  expectVisible(id, maySee);
  await fetchFrom(servers.receiver, `/v1/sessions/${encodeURIComponent(id)}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: text(request, 'name') }),
  });
}

async function silence(request: Request, { servers, maySee }: Changing) {
  const sessionId = text(request, 'sessionId');
  expectVisible(sessionId, maySee);
  const comment = 'Silenced from the web page';
  const { id, endsAt } = await startSilence(alertmanagerOf(servers), {
    sessionId,
    seconds: silenceSeconds,
    comment,
  });
  return { id, endsAtMillis: endsAt.getTime() };
}

async function unsilence(request: Request, { servers, maySee }: Changing): Promise<void> {
  const sessionId = text(request, 'sessionId');
  expectVisible(sessionId, maySee);
  await endSilencesOf(alertmanagerOf(servers), sessionId);
}

function alertmanagerOf({ alertmanager }: PageServers) {
  if (alertmanager !== undefined) return alertmanager;
  throw new PageProblem(409, 'The stack runs without Alertmanager, so alerts cannot be silenced.');
}

function expectVisible(id: string, maySee: (sessionId: string) => boolean): void {
  if (!maySee(id)) throw new PageProblem(404, 'No live session has this id.');
}

function text(request: Request, field: string): string {
  const value = request[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new PageProblem(400, `Expected \`${field}\` to be a non-empty string`);
}
