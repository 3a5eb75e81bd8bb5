/** Claude Code's ways to report, as the receiver names them. */
export const sourceNames = ['statusline', 'otlp', 'hook', 'transcript'] as const;

/** What arrived from a source. */
export interface SourceReport {
  /** One of `sourceNames`, or another way into the receiver. */
  readonly source: string;
  /** Wall-clock time in milliseconds; `null` when it was never heard of. */
  readonly lastSeenAtMillis: number | null;
  /** Live sessions that it spoke of. */
  readonly sessions: number;
  /** What was left out, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
  /** Names of those sessions, or the start of their ids. */
  readonly sessionNames: readonly string[];
}

interface Session {
  readonly id: string;
  readonly name?: string;
  readonly sources: Readonly<Record<string, number>>;
}

/** What the receiver says: whether it lives, and what it has heard, source by source, if it lets us know. */
export interface ReceiverAnswer {
  readonly isUp: boolean;
  readonly reports: readonly SourceReport[] | undefined;
}

/** Asks the receiver what it has heard. */
export async function askReceiver(receiverUrl: string, token: string | undefined): Promise<ReceiverAnswer> {
  const [health, sources, sessions] = await Promise.all([
    askJson<object>(`${receiverUrl}/healthz`),
    askJson<{ sources: SourceReport[] }>(`${receiverUrl}/v1/sources`, bearing(token)),
    askJson<{ sessions: Session[] }>(`${receiverUrl}/v1/sessions`, bearing(token)),
  ]);
  return { isUp: health !== undefined, reports: sources && reportsFrom(sources.sources, sessions?.sessions) };
}

/** Claude Code's sources, and those of others that spoke, with the names of the sessions that they spoke of. */
export function reportsFrom(
  sources: readonly Omit<SourceReport, 'sessionNames'>[],
  sessions: readonly Session[] = [],
): SourceReport[] {
  const isShown = ({ source, lastSeenAtMillis }: Omit<SourceReport, 'sessionNames'>) =>
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
