import { waitUntil } from '../../compose/runtime/health.ts';
import { basicAuthorization } from '../../compose/runtime/login.ts';

interface ProbeOptions {
  readonly collectorUrl: string;
  readonly victoriaMetricsUrl: string;
  /** Value of the `authorization` header for VictoriaMetrics. */
  readonly storeAuthorization?: string | undefined;
  readonly timeoutMillis: number;
  /** The collector's token, if it requires one. */
  readonly token?: string;
  readonly signal?: AbortSignal | undefined;
}

const metric = 'ctxd_stack_probe';

/** Sends one sample to the collector and returns whether a query returns it in time. */
export async function dataPathWorks(options: ProbeOptions): Promise<boolean> {
  const { victoriaMetricsUrl, storeAuthorization, timeoutMillis, signal } = options;
  const value = Date.now();
  if (!(await sendSample(options, value))) return false;
  const url = `${victoriaMetricsUrl}/api/v1/query`;
  return await waitUntil(
    async () => (await readSample(url, storeAuthorization)) === value,
    timeoutMillis,
    signal,
  );
}

/**
 * Whether Grafana's data source returns the last sample.
 *
 * @returns `refused` when Grafana's password has been changed
 */
export async function dataSourceWorks(
  grafanaUrl: string,
  password: string,
): Promise<'yes' | 'no' | 'refused'> {
  const authorization = basicAuthorization('admin', password);
  const url = `${grafanaUrl}/api/datasources/proxy/uid/victoriametrics/api/v1/query?query=${metric}`;
  try {
    const response = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(10_000) });
    if (response.status === 401 || response.status === 403) return 'refused';
    return sampleIn(await response.text()) === undefined ? 'no' : 'yes';
  } catch {
    return 'no';
  }
}

async function sendSample({ collectorUrl, token }: ProbeOptions, value: number): Promise<boolean> {
  const dataPoints = [{ timeUnixNano: String(BigInt(value) * 1_000_000n), asDouble: value }];
  const scopeMetrics = [{ metrics: [{ name: metric, gauge: { dataPoints } }] }];
  try {
    const response = await fetch(`${collectorUrl}/v1/metrics`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
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

async function readSample(queryUrl: string, authorization = ''): Promise<number | undefined> {
  const url = `${queryUrl}?query=${metric}&nocache=1`;
  try {
    const request = { headers: { authorization }, signal: AbortSignal.timeout(5_000) };
    return sampleIn(await (await fetch(url, request)).text());
  } catch {
    return undefined;
  }
}

function sampleIn(text: string): number | undefined {
  const answer: QueryAnswer = JSON.parse(text);
  const value = answer.data?.result?.[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}
