import { inPrometheus, metricsQlProbe } from '#queries';
import { fetchFrom, type Server } from './http-client.ts';

/** One series of an instant query's result. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One series of a range query's result. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [atSeconds: number, value: number])[];
}

/** The time range of a query, in Unix seconds. */
export interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/**
 * Runs an instant query.
 *
 * @throws Error with a sentence for people if VictoriaMetrics cannot be reached or refuses
 */
export async function queryInstant(server: Server, expr: string, atSeconds: number): Promise<Sample[]> {
  const result = await queried<{ metric: Sample['labels']; value: [number, string] }>(server, 'query', {
    query: expr,
    time: String(atSeconds),
  });
  return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/**
 * Runs a range query.
 *
 * @throws Error with a sentence for people if VictoriaMetrics cannot be reached or refuses
 */
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

/** Most bytes of ids in one query: VictoriaMetrics accepts 16 KiB, and a query may contain each id four times. */
const mostIdBytes = 3_500;

/** Splits session ids into batches that each fit into one query. */
export function idBatches(sessionIds: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = Infinity;
  for (const id of sessionIds) {
    // A dot is escaped as three characters.
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

// `nocache` and `latency_offset` return the newest sample, even from servers that hold back the last 30 s.
async function queried<Result>(
  server: Server,
  kind: string,
  question: Record<string, string>,
): Promise<Result[]> {
  const { query = '' } = question;
  const own = { query: (await speaksMetricsQl(server)) ? query : inPrometheus(query) };
  const body = new URLSearchParams({ ...question, ...own, nocache: '1', latency_offset: '1ms' });
  const response = await fetchFrom(server, `/api/v1/${kind}`, { method: 'POST', body });
  const answer = (await response.json()) as { data?: { result?: Result[] } };
  return answer.data?.result ?? [];
}

const languages = new WeakMap<Server, Promise<boolean>>();

/** Whether a store understands VictoriaMetrics' functions. Asks it once. */
async function speaksMetricsQl(server: Server): Promise<boolean> {
  if (!server.mayBePrometheus) return true;
  const known = languages.get(server) ?? takesMetricsQl(server);
  languages.set(server, known);
  return await known;
}

async function takesMetricsQl(server: Server): Promise<boolean> {
  const path = `/api/v1/query?${new URLSearchParams({ query: metricsQlProbe }).toString()}`;
  return await fetchFrom(server, path).then(
    () => true,
    (error: Error) => {
      if (/ answers 4\d\d/.test(error.message)) return false;
      languages.delete(server);
      throw error;
    },
  );
}
