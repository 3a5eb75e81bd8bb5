import type { Server } from '../../dashboards/source/http-client.ts';
import type { SessionList, SessionView, SourceList, SourceReport } from '#answers';

/** Claude Code's sources, as the receiver names them. */
export const sourceNames = ['statusline', 'otlp', 'hook', 'transcript'] as const;

/** A source's reports, with the names of its sessions. */
export interface ShownReport extends SourceReport {
  /** Each session's name and the first characters of its id; without a name, only those characters. */
  readonly sessionNames: readonly string[];
}

/** A live session in the receiver's answer. `tokensUsed` is `null` until the first request. */
export type LiveSession = Pick<SessionView, 'id' | 'name' | 'sources'> & {
  readonly tokensUsed?: number | null;
};

/** The receiver's state. */
export interface ReceiverAnswer {
  readonly isUp: boolean;
  /** What each source has reported; `undefined` if the receiver is down or rejects the token. */
  readonly reports: readonly ShownReport[] | undefined;
  /** The live sessions. */
  readonly sessions?: readonly LiveSession[];
}

/** Queries the receiver for its health, sources and live sessions. Never rejects. */
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

/** Claude Code's sources, and other sources that have reported, each with the names of its sessions. */
export function reportsFrom(
  sources: readonly SourceReport[],
  sessions: readonly LiveSession[] = [],
): ShownReport[] {
  const isShown = ({ source, lastSeenAtMillis }: SourceReport) =>
    lastSeenAtMillis !== null || sourceNames.some((name) => name === source);
  return sources.filter(isShown).map(({ source, lastSeenAtMillis, sessions: count, ignored }) => {
    const reported = ({ sources: seen }: LiveSession) => source !== 'alerts' && seen[source] !== undefined;
    const sessionNames = sessions.filter(reported).map(nameOf);
    return { source, lastSeenAtMillis, sessions: count, ignored, sessionNames };
  });
}

/** The number that a PromQL query returns; 0 if it returns nothing, `undefined` if the store does not answer. */
export async function askStore(store: Server, query: string): Promise<number | undefined> {
  const url = `${store.url}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  const answer = await askJson<{ data: { result: { value: [number, string] }[] } }>(url, {
    authorization: store.authorization ?? '',
  });
  return answer && Number(answer.data.result[0]?.value[1] ?? 0);
}

/** Sends the collector an empty export. Returns the HTTP status, or `undefined` if the collector does not answer. */
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

/** A session's name and the first 8 characters of its id, such as `fix login (1b9d6bcd)`. */
export function nameOf({ id, name }: Pick<LiveSession, 'id' | 'name'>): string {
  return name ? `${name} (${id.slice(0, 8)})` : id.slice(0, 8);
}
