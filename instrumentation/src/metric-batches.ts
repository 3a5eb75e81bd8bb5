import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Most data points in one request, so that an export blocks the event loop for a few milliseconds only. */
const pointsPerRequest = 3_500;

/** Splits metrics into requests of at most 3,500 data points, in order. */
export function* batchesOf({ resource, scopeMetrics }: ResourceMetrics): Generator<ResourceMetrics> {
  for (const { scope, metrics } of scopeMetrics) {
    let batch: MetricData[] = [];
    let room = pointsPerRequest;
    for (const metric of metrics) {
      for (let start = 0; start < metric.dataPoints.length;) {
        const dataPoints = metric.dataPoints.slice(start, start + room);
        batch.push({ ...metric, dataPoints } as MetricData);
        start += dataPoints.length;
        room -= dataPoints.length;
        if (room > 0) continue;
        yield { resource, scopeMetrics: [{ scope, metrics: batch }] };
        batch = [];
        room = pointsPerRequest;
      }
    }
    if (batch.length > 0) yield { resource, scopeMetrics: [{ scope, metrics: batch }] };
  }
}
