/** Claude Code's ways to report, as the receiver names them. */
export const sourceNames = ['statusline', 'otlp', 'hooks', 'transcript'] as const;

/** One of Claude Code's ways to report. */
export type SourceName = (typeof sourceNames)[number];

/** What arrived from a source. */
export interface SourceReport {
  readonly source: SourceName;
  /** Wall-clock time in milliseconds; nothing when it was never heard of. */
  readonly lastSeenAtMillis: number | undefined;
  /** How many sessions it spoke of, and the names of those that live. */
  readonly sessions: number;
  readonly sessionNames: readonly string[];
  /** What was left out, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}

/** What the receiver has heard, source by source; nothing when it does not answer. */
export async function askReceiver(receiverUrl: string): Promise<SourceReport[] | undefined> {
  const [health, sources, sessions] = await Promise.all([
    askJson(`${receiverUrl}/healthz`),
    askJson(`${receiverUrl}/v1/sources`),
    askJson(`${receiverUrl}/v1/sessions`),
  ]);
  if (health === undefined) return undefined;
  return reportsFrom(listIn(sources, 'sources'), listIn(sessions, 'sessions'));
}

/** Puts what the receiver says of its sources and of its sessions together. Takes what it knows, and nothing for granted. */
export function reportsFrom(sources: readonly Fields[], sessions: readonly Fields[]): SourceReport[] {
  return sourceNames.map((name) => {
    const own = sources.filter(({ source }) => isNamed(source, name));
    const speaking = sessions.filter((session) => lastSeen(session, name) !== undefined);
    const seen = [
      ...own.map(({ lastSeenAtMillis }) => lastSeenAtMillis),
      ...speaking.map((s) => lastSeen(s, name)),
    ];
    const times = seen.filter((time) => typeof time === 'number');
    return {
      source: name,
      lastSeenAtMillis: times.length === 0 ? undefined : Math.max(...times),
      sessions: Math.max(Number(own[0]?.['sessions'] ?? 0), speaking.length),
      sessionNames: speaking.map(nameOf),
      ignored: (own[0]?.['ignored'] ?? {}) as Record<string, number>,
    };
  });
}

/** The number that a PromQL query answers with; nothing when the store does not answer. */
export async function askStore(victoriaMetricsUrl: string, query: string): Promise<number | undefined> {
  const url = `${victoriaMetricsUrl}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  const answer = (await askJson(url)) as { data?: { result?: { value: [number, string] }[] } } | undefined;
  return answer?.data === undefined ? undefined : Number(answer.data.result?.[0]?.value[1] ?? 0);
}

type Fields = Readonly<Record<string, unknown>>;

async function askJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    const text = await response.text();
    if (!response.ok) return undefined;
    return JSON.parse(text === '' ? '{}' : text);
  } catch (error) {
    return error instanceof SyntaxError ? {} : undefined;
  }
}

function listIn(answer: unknown, name: string): Fields[] {
  const list = Array.isArray(answer) ? answer : ((answer ?? {}) as Fields)[name];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : [];
}

function lastSeen({ sources }: Fields, name: SourceName): unknown {
  return Object.entries(sources ?? {}).find(([source]) => isNamed(source, name))?.[1];
}

const isNamed = (source: unknown, name: SourceName) => source === name || `${String(source)}s` === name;

function nameOf(session: Fields): string {
  const textIn = (...names: string[]) =>
    names.map((name) => session[name]).find((value) => typeof value === 'string');
  const id = textIn('id', 'session_id', 'sessionId')?.slice(0, 8) ?? '';
  const name = textIn('name', 'session_name', 'sessionName');
  return name ? `${name} (${id})` : id;
}
