import type { Thresholds } from '#thresholds';
import { metric } from './names.ts';
import { queryTable } from './query.ts';

const { usage, tokens, saved, checkpoints, crossings } = metric;

/** The nine queries of the contract, verbatim. */
export function contractQueries({ warning, critical }: Thresholds) {
  return queryTable({
    topSessions: {
      expr: `topk(5, ${usage})`,
      unit: 'percent',
      legend: '{{session_id}}',
      meaning: 'The five sessions that use the largest share of their context window.',
    },
    sessionsAboveWarning: {
      expr: `${usage} > ${warning.percent}`,
      unit: 'percent',
      legend: '{{session_id}}',
      meaning: 'Sessions above the warning threshold.',
    },
    sessionsAboveCritical: {
      expr: `${usage} > ${critical.percent}`,
      unit: 'percent',
      legend: '{{session_id}}',
      meaning: 'Sessions above the critical threshold.',
    },
    totalTokens: {
      expr: `sum(${tokens})`,
      meaning: 'Tokens in the context windows of all sessions together.',
    },
    averageUsage: {
      expr: `avg(${usage})`,
      unit: 'percent',
      meaning: 'Average share of the context window over all sessions.',
    },
    warningHitRate: {
      expr: `rate(${crossings.warning}[5m])`,
      unit: 'cps',
      legend: '{{session_id}}',
      meaning: 'Crossings of the warning threshold per second over the last 5 minutes.',
    },
    criticalHitRate: {
      expr: `rate(${crossings.critical}[5m])`,
      unit: 'cps',
      legend: '{{session_id}}',
      meaning: 'Crossings of the critical threshold per second over the last 5 minutes.',
    },
    checkpointEffectiveness: {
      expr: `rate(${saved}[5m]) / rate(${checkpoints}[5m])`,
      legend: '{{session_id}}',
      meaning: 'Tokens saved per checkpoint over the last 5 minutes.',
    },
    activeSessions: {
      expr: metric.activeSessions,
      meaning: 'Number of live sessions.',
    },
  });
}
