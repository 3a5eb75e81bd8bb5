import { type AlertScope, outage } from './alerts.ts';
import { metric } from './names.ts';

/** The label of the series of {@link missingHighUsage}, which no sender's series has. */
export const recordedBy = { source: 'rule' } as const;

/**
 * The usage of sessions at or above the warning threshold, or that crossed one lately, whose sender does not export the sparse
 * series itself: those that export only the seven agreed metrics. The urgent alert rules read the sparse series alone.
 *
 * Labels other than the name must match, so that one reporter of a session does not hide another.
 */
export function missingHighUsage(scope: AlertScope): string {
  const usage = `default_rollup(${metric.usage}[1m])`;
  const crossings = Object.values(metric.crossings).map((name) => `rate(${name}[${outage(scope)}]) > 0`);
  const high = `${usage} >= ${scope.thresholds.warning.percent} or ${usage} and (${crossings.join(' or ')})`;
  return `(${high}) unless default_rollup(${metric.highUsage}[1m])`;
}
