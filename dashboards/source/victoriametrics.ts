import { ask, type Server } from './http-client.ts';

/** One series of an answer: its labels and its value at the moment asked about. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One series of an answer over time. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [atSeconds: number, value: number])[];
}

/** The time that a question over time is about, in Unix seconds. */
export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Asks for one moment. */
export async function queryInstant(server: Server, expr: string, atSeconds: number): Promise<Sample[]> {
  const result = await queried<{ metric: Sample['labels']; value: [number, string] }>(server, 'query', {
    query: expr,
    time: String(atSeconds),
  });
  return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** Asks over time, at evenly spaced moments. */
export async function queryOverTime(
  server: Server,
  expr: string,
  { startSeconds, endSeconds, stepSeconds }: TimeRange & { readonly stepSeconds: number },
): Promise<Series[]> {
  const result = await queried<{ metric: Sample['labels']; values: [number, string][] }>(
    server,
    'query_range',
    {
      query: expr,
      start: String(startSeconds),
      end: String(endSeconds),
      step: `${stepSeconds}s`,
    },
  );
  return result.map(({ metric, values }) => ({
    labels: metric,
    values: values.map(([atSeconds, value]) => [atSeconds, Number(value)]),
  }));
}

/** Bytes of ids in one question: VictoriaMetrics takes 16 KiB, and a question may name each session four times. */
const mostIdBytes = 3_500;

/** Session ids in groups that one question each can name. */
export function idBatches(sessionIds: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = Infinity;
  for (const id of sessionIds) {
    // A dot is escaped to three characters.
    const own = id.length + 1 + 2 * (id.split('.').length - 1);
    bytes += own;
    if (bytes > mostIdBytes) {
      batches.push([]);
      bytes = own;
    }
    batches.at(-1)?.push(id);
  }
  return batches;
}

// `nocache` and `latency_offset`: the newest sample counts, on servers that hold the last 30 s back, too.
async function queried<Result>(
  server: Server,
  kind: string,
  question: Record<string, string>,
): Promise<Result[]> {
  const body = new URLSearchParams({ ...question, nocache: '1', latency_offset: '1ms' });
  const response = await ask(server, `/api/v1/${kind}`, { method: 'POST', body });
  const answer = (await response.json()) as { data?: { result?: Result[] } };
  return answer.data?.result ?? [];
}
