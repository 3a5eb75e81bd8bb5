import { sparseMetrics } from './metrics.ts';
import type { SessionRegistry } from './registry.ts';
import type { Series } from './series.ts';

/** The series of the sessions that alert rules evaluate. */
export function highUsageSeries(registry: SessionRegistry): Series[] {
  return registry.highSessions().map(({ sessionId, usagePercent }) => ({
    metric: sparseMetrics.highUsage,
    attributes: { session_id: sessionId },
    value: usagePercent,
  }));
}
