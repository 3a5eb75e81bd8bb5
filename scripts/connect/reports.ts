import type { Server } from '../../dashboards/source/http-client.ts';
import type { SessionList, SessionView, SourceList, SourceReport } from '#answers';

/** Claude Code's ways to report, by the receiver's names. */
export const sourceNames = ['statusline', 'otlp', 'hook', 'transcript'] as const;

/** A source's reports, with the names of the sessions that it reports on. */
export interface ShownReport extends SourceReport {
  /** Each session by its name and the start of its id, or by the start of its id. */
  readonly sessionNames: readonly string[];
}

/** A live session, as the receiver describes it. `tokensUsed` is `null` until its first request. */
export type LiveSession = Pick<SessionView, 'id' | 'name' | 'sources'> & {
  readonly tokensUsed?: number | null;
};

/** What the receiver answers: whether it runs, and what it received, unless it requires another token. */
export interface ReceiverAnswer {
  readonly isUp: boolean;
  readonly reports: readonly ShownReport[] | undefined;
  /** The live sessions. */
  readonly sessions?: readonly LiveSession[];
}

/** Asks the receiver what it received. */
export async function askReceiver(receiverUrl: string, token: string | undefined): Promise<ReceiverAnswer> {
  const [health, sources, sessions] = await Promise.all([
    askJson<object>(`${receiverUrl}/healthz`),
    askJson<SourceList>(`${receiverUrl}/v1/sources`, bearing(token)),
    askJson<SessionList>(`${receiverUrl}/v1/sessions`, bearing(token)),
  ]);
  return {
    isUp: health !== undefined,
    reports: sources && reportsFrom(sources.sources, sessions?.sessions),
    sessions: sessions?.sessions ?? [],
  };
}

/** Claude Code's sources, and others that reported, each with the names of its sessions. */
export function reportsFrom(
  sources: readonly SourceReport[],
  sessions: readonly LiveSession[] = [],
): ShownReport[] {
  const isShown = ({ source, lastSeenAtMillis }: SourceReport) =>
    lastSeenAtMillis !== null || sourceNames.some((name) => name === source);
  return sources.filter(isShown).map(({ source, lastSeenAtMillis, sessions: count, ignored }) => {
    const sessionNames = sessions.filter((session) => session.sources[source] !== undefined).map(nameOf);
    return { source, lastSeenAtMillis, sessions: count, ignored, sessionNames };
  });
}

/** The number that a PromQL query returns; nothing when the store does not answer. */
export async function askStore(store: Server, query: string): Promise<number | undefined> {
  const url = `${store.url}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  const answer = await askJson<{ data: { result: { value: [number, string] }[] } }>(url, {
    authorization: store.authorization ?? '',
  });
  return answer && Number(answer.data.result[0]?.value[1] ?? 0);
}

/** Sends the collector an empty export, as Claude Code would, and returns the HTTP status; nothing without an answer. */
export async function askCollector(
  collectorUrl: string,
  token: string | undefined,
): Promise<number | undefined> {
  try {
    const headers = { 'content-type': 'application/json', ...bearing(token) };
    const request = { method: 'POST', body: '{"resourceLogs":[]}', headers };
    const response = await fetch(`${collectorUrl}/v1/logs`, {
      ...request,
      signal: AbortSignal.timeout(2_000),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}

function bearing(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

async function askJson<Answer>(url: string, headers = {}): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(2_000) });
    return response.ok ? ((await response.json()) as Answer) : undefined;
  } catch {
    return undefined;
  }
}

/** A session's name and the start of its id. */
export function nameOf({ id, name }: Pick<LiveSession, 'id' | 'name'>): string {
  return name ? `${name} (${id.slice(0, 8)})` : id.slice(0, 8);
}
