import { waitUntil } from './health.ts';

interface ProbeOptions {
  readonly collectorUrl: string;
  readonly victoriaMetricsUrl: string;
  readonly timeoutMillis: number;
}

const metric = 'ctxd_stack_probe';

/** Sends one sample to the collector and tells whether PromQL answers with it in time. */
export async function dataPathWorks({
  collectorUrl,
  victoriaMetricsUrl,
  timeoutMillis,
}: ProbeOptions): Promise<boolean> {
  const value = Date.now();
  if (!(await sendSample(collectorUrl, value))) return false;
  return await waitUntil(async () => (await readSample(victoriaMetricsUrl)) === value, timeoutMillis);
}

async function sendSample(collectorUrl: string, value: number): Promise<boolean> {
  const dataPoints = [{ timeUnixNano: String(BigInt(value) * 1_000_000n), asDouble: value }];
  const scopeMetrics = [{ metrics: [{ name: metric, gauge: { dataPoints } }] }];
  try {
    const response = await fetch(`${collectorUrl}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceMetrics: [{ scopeMetrics }] }),
      signal: AbortSignal.timeout(5_000),
    });
    return response.ok;
  } catch {
    return false;
  }
}

interface QueryAnswer {
  readonly data?: { readonly result?: readonly { readonly value: readonly [number, string] }[] };
}

async function readSample(victoriaMetricsUrl: string): Promise<number | undefined> {
  const url = `${victoriaMetricsUrl}/api/v1/query?query=${metric}&nocache=1`;
  try {
    const answer: QueryAnswer = JSON.parse(
      await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text(),
    );
    return Number(answer.data?.result?.[0]?.value[1]);
  } catch {
    return undefined;
  }
}
