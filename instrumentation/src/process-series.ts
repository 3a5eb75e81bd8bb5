import type { ReasonCounter } from './counter.ts';
import { processMetrics, type Metric } from './metrics.ts';
import type { SessionRegistry } from './registry.ts';
import { durationBoundsSeconds } from './request-durations.ts';
import type { Series } from './series.ts';

/** The series of a registry as a whole. */
export function processSeries(registry: SessionRegistry): Series[] {
  return [
    { metric: processMetrics.activeSessions, attributes: {}, value: registry.size },
    { metric: processMetrics.sessionsEvicted, attributes: {}, value: registry.evicted },
    ...byReason(processMetrics.sessionIdsRefused, registry.sessionIdsRefused),
    ...byReason(processMetrics.usageRefused, registry.usageRefused),
    ...byReason(processMetrics.exportsFailed, registry.exportsFailed),
  ];
}

function byReason(metric: Metric, counter: ReasonCounter): Series[] {
  return Array.from(counter.entries(), ([reason, value]) => ({ metric, attributes: { reason }, value }));
}

/** The series of the requests to a registry's server. */
export function durationSeries({ requestDurations: durations }: SessionRegistry): Series[] {
  return Array.from(durations.series(), ({ attributes, bucketCounts, count, sumSeconds }) => ({
    metric: processMetrics.httpRequestDuration,
    attributes,
    value: count,
    histogram: { boundaries: durationBoundsSeconds, counts: bucketCounts, sum: sumSeconds },
  }));
}
