import { sessionsOverRange } from '#queries';
import { impliedWindow, type KnownSession } from './figures.ts';
import type { Server } from './http-client.ts';
import { type LabelledSession, sessionLabels } from '../text/session-label.ts';
import { printable } from '../text/text.ts';
import { idBatches, queryInstant, type Sample } from './victoriametrics.ts';

/** A time span, in Unix seconds. */
export interface TimeSpan {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** One session within a time span: a row of `ctxd export`. */
export interface PastSession extends KnownSession {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly peakTokens: number;
  readonly peakPercent: number;
  readonly warningCrossings: number;
  readonly criticalCrossings: number;
}

/**
 * Yields the sessions within a time span, latest end first. It queries them in batches.
 *
 * @param sessionIds only these sessions; default: all
 * @throws Error with a sentence for people if VictoriaMetrics cannot be reached or refuses
 */
export async function* pastSessions(
  store: Server,
  span: TimeSpan,
  sessionIds?: readonly string[],
): AsyncGenerator<PastSession> {
  const rangeSeconds = Math.ceil(span.endSeconds - span.startSeconds);
  const { endSeconds } = sessionsOverRange({ rangeSeconds, ...(sessionIds && { sessionIds }) });
  const found = await queryInstant(store, endSeconds.expr, span.endSeconds);
  const ids = found.toSorted((a, b) => b.value - a.value).map(({ labels }) => labels['session_id'] ?? '');
  for (const batch of idBatches(ids)) yield* await batchOf(store, span, batch);
}

async function batchOf(store: Server, span: TimeSpan, sessionIds: readonly string[]): Promise<PastSession[]> {
  const queries = sessionsOverRange({
    rangeSeconds: Math.ceil(span.endSeconds - span.startSeconds),
    sessionIds,
  });
  const pending = Object.entries(queries).map(
    async ([name, { expr }]) => [name, await queryInstant(store, expr, span.endSeconds)] as const,
  );
  const answers = Object.fromEntries(await Promise.all(pending)) as Record<keyof typeof queries, Sample[]>;
  const byId = (samples: readonly Sample[]) =>
    new Map(samples.map(({ labels, value }) => [labels['session_id'] ?? '', value]));
  const { info, ...figures } = answers;
  const values = Object.fromEntries(
    Object.entries(figures).map(([name, samples]) => [name, byId(samples)]),
  ) as Record<keyof typeof figures, Map<string, number>>;
  const described = newestDescriptions(info);
  const number = (name: keyof typeof figures, id: string) => values[name].get(id) ?? 0;
  return sessionIds.map((id) => ({
    id,
    ...described.get(id),
    startSeconds: number('startSeconds', id),
    endSeconds: number('endSeconds', id),
    peakTokens: number('peakTokens', id),
    windowTokens:
      number('windowTokens', id) || impliedWindow(number('peakTokens', id), number('peakPercent', id)),
    peakPercent: number('peakPercent', id),
    warningCrossings: number('warningCrossings', id),
    criticalCrossings: number('criticalCrossings', id),
    checkpoints: number('checkpoints', id),
    tokensSaved: number('tokensSaved', id),
    costUsd: values.costUsd.get(id),
  }));
}

type Description = Pick<PastSession, 'name' | 'project' | 'model'>;

/** The labels of the newest info series of each session, because a name or a model may have changed. */
function newestDescriptions(info: readonly Sample[]): ReadonlyMap<string, Description> {
  return new Map(
    info
      .toSorted((a, b) => a.value - b.value)
      .map(({ labels }) => [
        labels['session_id'] ?? '',
        { name: labels['session_name'], project: labels['project'], model: labels['model'] },
      ]),
  );
}

/**
 * Finds the session with an id, the first characters of an id, a name, a project or a label such as `shop (6666)`.
 *
 * @throws RangeError if none or more than one matches
 */
export async function sessionMeant(store: Server, span: TimeSpan, text: string): Promise<PastSession> {
  for await (const session of pastSessions(store, span, [text])) return session;
  const sessions: PastSession[] = [];
  for await (const session of pastSessions(store, span)) sessions.push(session);
  const none = `There is no session ${printable(text)} in this time range. See npm run sessions -- --all, or look further back with --since 90d`;
  return oneMeant(sessions, text, none);
}

/**
 * Picks the session with an id, the first characters of an id, a name, a project or a label such as `shop (6666)`.
 *
 * @param none error message if none matches
 * @throws RangeError if none or more than one matches
 */
export function oneMeant<Session extends LabelledSession>(
  sessions: readonly Session[],
  text: string,
  none: string,
): Session {
  const exact = sessions.find(({ id }) => id === text);
  const labels = sessionLabels(sessions);
  const candidates = sessions.filter(
    ({ id, name, project }) =>
      id.startsWith(text) || [name, project, labels.get(id)].some((known) => known === text),
  );
  const [only, ...others] = exact === undefined ? candidates : [exact];
  if (only !== undefined && others.length === 0) return only;
  const found = candidates.slice(0, 5).map(({ id }) => printable(labels.get(id) ?? id));
  throw new RangeError(
    only === undefined ? none : `${printable(text)} matches more than one session: ${found.join(', ')}`,
  );
}
