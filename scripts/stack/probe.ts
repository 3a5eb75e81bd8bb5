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
  const { ok } = await fetch(`${collectorUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics }] }),
    signal: AbortSignal.timeout(5_000),
  });
  return ok;
}

async function readSample(victoriaMetricsUrl: string): Promise<number | undefined> {
  const url = `${victoriaMetricsUrl}/api/v1/query?query=${metric}&nocache=1`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const answer = (await response.json()) as { data?: { result?: { value: [number, string] }[] } };
  const text = answer.data?.result?.[0]?.value[1];
  return text === undefined ? undefined : Number(text);
}
