import { sessionMetrics } from '#metrics';

/** The figures of a session. Counters count from the sender's start. */
export interface SevenFigures {
  readonly tokens: number;
  readonly warnings?: number;
  readonly criticals?: number;
  readonly checkpoints?: number;
  readonly saved?: number;
}

/** Exports only the seven agreed metrics of a session every second, as a server in another language would. */
export interface SevenMetricsSender extends AsyncDisposable {
  set(figures: SevenFigures): void;
}

const windowTokens = 200_000;
const { contextTokens, contextUsagePercent, threshold70, threshold90, checkpoints, tokensSaved, duration } =
  sessionMetrics;

/** Starts the sender. It exports to the collector in OTLP JSON. */
export function startSevenMetricsSender(
  collectorUrl: string,
  sessionId: string,
  first: SevenFigures,
): SevenMetricsSender {
  const startMillis = Date.now();
  let figures = first;
  let lastExport = Promise.resolve();
  const timer = setInterval(() => {
    const body = requestBody(sessionId, figures, startMillis);
    lastExport = lastExport.then(() => send(collectorUrl, body));
  }, 1_000);
  return {
    set: (next) => void (figures = next),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await lastExport;
    },
  };
}

async function send(collectorUrl: string, body: object): Promise<void> {
  const response = await fetch(`${collectorUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`Expected the collector to take the metrics, got ${response.status}`);
}

function requestBody(
  sessionId: string,
  { tokens, warnings = 0, criticals = 0, checkpoints: count = 0, saved = 0 }: SevenFigures,
  startMillis: number,
) {
  const values: readonly (readonly [name: string, kind: string, value: number])[] = [
    [contextTokens.name, 'gauge', tokens],
    [contextUsagePercent.name, 'gauge', (100 * tokens) / windowTokens],
    [threshold70.name, 'sum', warnings],
    [threshold90.name, 'sum', criticals],
    [checkpoints.name, 'sum', count],
    [tokensSaved.name, 'sum', saved],
    [duration.name, 'gauge', (Date.now() - startMillis) / 1_000],
  ];
  const metrics = values.map(([name, kind, asDouble]) => {
    const attributes = [{ key: 'session_id', value: { stringValue: sessionId } }];
    const dataPoints = [{ attributes, asDouble, timeUnixNano: `${Date.now()}000000` }];
    const cumulative = kind === 'sum' && { aggregationTemporality: 2, isMonotonic: true };
    return { name, [kind]: { dataPoints, ...cumulative } };
  });
  const attributes = [{ key: 'service.name', value: { stringValue: 'contextd' } }];
  return { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] };
}
