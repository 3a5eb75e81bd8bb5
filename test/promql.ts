import { waitUntil } from '../compose/runtime/health.ts';
import type { Backend } from './backend.ts';

/** One series in the result of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Runs an instant query at `atSeconds`, which defaults to now. */
export async function query(
  { urls, storeAuthorization: authorization }: Backend,
  expr: string,
  atSeconds?: number,
): Promise<Sample[]> {
  const parameters = new URLSearchParams({
    query: expr,
    nocache: '1',
    ...(atSeconds && { time: String(atSeconds) }),
  });
  const request = { method: 'POST', body: parameters, headers: { authorization } };
  const response = await fetch(`${urls.victoriametrics}/api/v1/query`, request);
  const answer = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error}`);
  return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** Runs an instant query; the values by session: `{ s1: 75 }`. */
export async function bySession(
  backend: Backend,
  expr: string,
  atSeconds?: number,
): Promise<Record<string, number>> {
  const samples = await query(backend, expr, atSeconds);
  return Object.fromEntries(samples.map(({ labels, value }) => [labels['session_id'] ?? '', value]));
}

/** Makes the samples that VictoriaMetrics has received visible to queries at once. */
export async function makeVisible({ urls, storeAuthorization: authorization }: Backend): Promise<void> {
  await fetch(`${urls.victoriametrics}/internal/force_flush`, { headers: { authorization } });
}

/** Waits until a query returns what the condition accepts; otherwise throws with the last result. */
export async function waitForAnswer(
  backend: Backend,
  expr: string,
  condition: (samples: Sample[]) => boolean,
  timeoutMillis = 60_000,
): Promise<Sample[]> {
  let samples: Sample[] = [];
  const held = await waitUntil(async () => {
    samples = await query(backend, expr).catch(() => []);
    return condition(samples);
  }, timeoutMillis);
  if (!held) throw new Error(`Expected another answer to ${expr}, got ${JSON.stringify(samples)}`);
  return samples;
}
