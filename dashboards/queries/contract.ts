import { processMetrics, sessionMetrics } from '#metrics';
import { thresholds } from '#thresholds';
import type { Query } from './query.ts';

const tokens = sessionMetrics.contextTokens.name;
const usage = sessionMetrics.contextUsagePercent.name;
const saved = sessionMetrics.tokensSaved.name;
const checkpoints = sessionMetrics.checkpoints.name;
const crossings = { warning: sessionMetrics.threshold70.name, critical: sessionMetrics.threshold90.name };

/** The nine queries of the contract, verbatim. */
export const contractQueries = {
  topSessions: {
    name: 'top-sessions',
    expr: `topk(5, ${usage})`,
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: 'The five sessions that use the largest share of their context window.',
  },
  sessionsAboveWarning: {
    name: 'sessions-above-warning',
    expr: `${usage} > ${thresholds.warning.percent}`,
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: 'Sessions above the warning threshold.',
  },
  sessionsAboveCritical: {
    name: 'sessions-above-critical',
    expr: `${usage} > ${thresholds.critical.percent}`,
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: 'Sessions above the critical threshold.',
  },
  totalTokens: {
    name: 'total-tokens',
    expr: `sum(${tokens})`,
    unit: 'short',
    legend: '',
    meaning: 'Tokens in the context windows of all sessions together.',
  },
  averageUsage: {
    name: 'average-usage',
    expr: `avg(${usage})`,
    unit: 'percent',
    legend: '',
    meaning: 'Average share of the context window over all sessions.',
  },
  warningHitRate: {
    name: 'warning-hit-rate',
    expr: `rate(${crossings.warning}[5m])`,
    unit: 'cps',
    legend: '{{session_id}}',
    meaning: 'Crossings of the warning threshold per second over the last 5 minutes.',
  },
  criticalHitRate: {
    name: 'critical-hit-rate',
    expr: `rate(${crossings.critical}[5m])`,
    unit: 'cps',
    legend: '{{session_id}}',
    meaning: 'Crossings of the critical threshold per second over the last 5 minutes.',
  },
  checkpointEffectiveness: {
    name: 'checkpoint-effectiveness',
    expr: `rate(${saved}[5m]) / rate(${checkpoints}[5m])`,
    unit: 'short',
    legend: '{{session_id}}',
    meaning: 'Tokens saved per checkpoint over the last 5 minutes.',
  },
  activeSessions: {
    name: 'active-sessions',
    expr: processMetrics.activeSessions.name,
    unit: 'short',
    legend: '',
    meaning: 'Number of live sessions.',
  },
} as const satisfies Record<string, Query>;
