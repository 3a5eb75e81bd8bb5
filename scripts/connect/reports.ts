import type { SessionList, SessionView, SourceList, SourceReport } from '#answers';

/** Claude Code's ways to report, as the receiver names them. */
export const sourceNames = ['statusline', 'otlp', 'hook', 'transcript'] as const;

/** A source's reports, with the names of the sessions that it reports on. */
export interface ShownReport extends SourceReport {
  /** Each session by its name and the start of its id, or by the start of its id. */
  readonly sessionNames: readonly string[];
}

type Session = Pick<SessionView, 'id' | 'name' | 'sources'>;

/** What the receiver says: whether it lives, and what it has heard, source by source, if it lets us know. */
export interface ReceiverAnswer {
  readonly isUp: boolean;
  readonly reports: readonly ShownReport[] | undefined;
}

/** Asks the receiver what it has heard. */
export async function askReceiver(receiverUrl: string, token: string | undefined): Promise<ReceiverAnswer> {
  const [health, sources, sessions] = await Promise.all([
    askJson<object>(`${receiverUrl}/healthz`),
    askJson<SourceList>(`${receiverUrl}/v1/sources`, bearing(token)),
    askJson<SessionList>(`${receiverUrl}/v1/sessions`, bearing(token)),
  ]);
  return { isUp: health !== undefined, reports: sources && reportsFrom(sources.sources, sessions?.sessions) };
}

/** Claude Code's sources, and those of others that spoke, with the names of the sessions that they spoke of. */
export function reportsFrom(
  sources: readonly SourceReport[],
  sessions: readonly Session[] = [],
): ShownReport[] {
  const isShown = ({ source, lastSeenAtMillis }: SourceReport) =>
    lastSeenAtMillis !== null || sourceNames.some((name) => name === source);
  return sources.filter(isShown).map(({ source, lastSeenAtMillis, sessions: count, ignored }) => {
    const sessionNames = sessions.filter((session) => session.sources[source] !== undefined).map(nameOf);
    return { source, lastSeenAtMillis, sessions: count, ignored, sessionNames };
  });
}

/** The number that a PromQL query answers with; nothing when the store does not answer. */
export async function askStore(victoriaMetricsUrl: string, query: string): Promise<number | undefined> {
  const url = `${victoriaMetricsUrl}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  const answer = await askJson<{ data: { result: { value: [number, string] }[] } }>(url);
  return answer && Number(answer.data.result[0]?.value[1] ?? 0);
}

/**
 * Sends the collector an export with nothing in it, as Claude Code would, and gives the HTTP status of the answer; nothing
 * when there is none.
 */
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

function nameOf({ id, name }: Session): string {
  return name ? `${name} (${id.slice(0, 8)})` : id.slice(0, 8);
}
