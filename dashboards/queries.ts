import { httpRequestDurationPrefix, processMetrics, sessionMetrics } from '#metrics';
import { thresholds } from '#thresholds';
import { comparisonQueries, groupQueries } from './queries/comparison.ts';
import { namedOverviewQueries, sessionTableQueries } from './queries/overview.ts';
import { pipelineQueries } from './queries/pipeline.ts';
import { sessionQueries } from './queries/session.ts';
import {
  monitorQueries,
  secondsToFull,
  sessionHistory,
  sessionSeries,
  sessionsOverRange,
} from './queries/terminal.ts';

/** One question put to VictoriaMetrics. Dashboards, alerts, the terminal and the tests all read these. */
export interface Query {
  /** kebab-case, unique. */
  readonly name: string;
  /** PromQL. */
  readonly expr: string;
  /** Grafana's unit id of the answer. */
  readonly unit: string;
  /** Legend template, `{{label}}` for a label's value; empty for a single value. */
  readonly legend: string;
  /** One sentence: what the answer means. */
  readonly meaning: string;
}

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

/** Number of sessions that a chart over time draws. */
const drawnSessions = 10;

/**
 * The value of each live session now, replicas counted once.
 *
 * The bare selector drops a session at its end marker, `last_over_time` one that fell silent without it.
 */
function live(metric: string): string {
  return `max by (session_id) (${silentAfter30s(metric)})`;
}

function silentAfter30s(metric: string): string {
  return `${metric} and last_over_time(${metric}[30s])`;
}

/** What the overview asks besides the contract: the same questions about live sessions only, and exact totals. */
export const overviewQueries = {
  sessionsAtCriticalNow: {
    name: 'sessions-at-critical-now',
    expr: `sum(${live(usage)} >= bool ${thresholds.critical.percent})`,
    unit: 'short',
    legend: '',
    meaning: 'Number of live sessions that reached the critical threshold.',
  },
  sessionsAtWarningNow: {
    name: 'sessions-at-warning-now',
    expr: `sum(${live(usage)} >= bool ${thresholds.warning.percent})`,
    unit: 'short',
    legend: '',
    meaning: 'Number of live sessions that reached the warning threshold, the critical ones included.',
  },
  activeSessionsNow: {
    name: 'active-sessions-now',
    expr: `sum(${silentAfter30s(processMetrics.activeSessions.name)})`,
    unit: 'short',
    legend: '',
    meaning: 'Number of live sessions over all servers that report.',
  },
  totalTokensNow: {
    name: 'total-tokens-now',
    expr: `sum(${live(tokens)})`,
    unit: 'short',
    legend: 'used',
    meaning: 'Tokens in the context windows of all live sessions together.',
  },
  totalWindowNow: {
    name: 'total-window-now',
    expr: `sum(${live(sessionMetrics.windowTokens.name)})`,
    unit: 'short',
    legend: 'of window',
    meaning: 'Size of the context windows of all live sessions together.',
  },
  averageUsageNow: {
    name: 'average-usage-now',
    expr: `avg(${live(usage)})`,
    unit: 'percent',
    legend: '',
    meaning: 'Average share of the context window over all live sessions.',
  },
  topSessionsNow: {
    name: 'top-sessions-now',
    expr: `sort_desc(topk(5, ${live(usage)}))`,
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: 'The five live sessions that use the largest share of their context window.',
  },
  usageOverTime: {
    name: 'usage-over-time',
    expr: `max by (session_id) (${usage}) and topk(${drawnSessions}, max by (session_id) (last_over_time(${usage}[5m] @ end())))`,
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: `Usage of the ${drawnSessions} sessions that were fullest in the last 5 minutes of the time range.`,
  },
  warningCrossings: {
    name: 'warning-crossings',
    expr: `sum(max by (session_id) (increase(${crossings.warning}[5m])))`,
    unit: 'short',
    legend: `${thresholds.warning.percent} % (${thresholds.warning.severity})`,
    meaning: 'Crossings of the warning threshold within 5 minutes, all sessions together.',
  },
  criticalCrossings: {
    name: 'critical-crossings',
    expr: `sum(max by (session_id) (increase(${crossings.critical}[5m])))`,
    unit: 'short',
    legend: `${thresholds.critical.percent} % (${thresholds.critical.severity})`,
    meaning: 'Crossings of the critical threshold within 5 minutes, all sessions together.',
  },
  savedPerCheckpoint: {
    name: 'saved-per-checkpoint',
    expr: `max by (session_id) (last_over_time(${saved}[1h]) / (last_over_time(${checkpoints}[1h]) > 0))`,
    unit: 'short',
    legend: '{{session_id}}',
    meaning: 'Tokens that a checkpoint of the session saved on average, for sessions of the last hour.',
  },
  checkpointCount: {
    name: 'checkpoint-count',
    expr: `max by (session_id) (last_over_time(${checkpoints}[1h]) > 0)`,
    unit: 'short',
    legend: '{{session_id}}',
    meaning: 'Checkpoints of the session so far, for sessions of the last hour that have any.',
  },
} as const satisfies Record<string, Query>;

/** What the instrumented servers answered, by the HTTP semantic conventions. */
export const httpQueries = {
  requestRate: {
    name: 'request-rate',
    expr: `sum(rate(${httpRequestDurationPrefix}_count[5m])) * 60`,
    unit: 'reqpm',
    legend: 'requests',
    meaning: 'HTTP requests per minute that the instrumented servers answered.',
  },
  requestLatencyP95: {
    name: 'request-latency-p95',
    expr: `histogram_quantile(0.95, sum by (le) (rate(${httpRequestDurationPrefix}_bucket[5m])))`,
    unit: 's',
    legend: 'p95',
    meaning: 'Duration within which 95 of 100 HTTP requests were answered.',
  },
} as const satisfies Record<string, Query>;

/** All queries that need no parameter. */
export const allQueries: readonly Query[] = [
  contractQueries,
  overviewQueries,
  httpQueries,
  monitorQueries,
].flatMap((queries) => Object.values(queries));

export {
  comparisonQueries,
  groupQueries,
  namedOverviewQueries,
  pipelineQueries,
  secondsToFull,
  sessionHistory,
  sessionQueries,
  sessionSeries,
  sessionsOverRange,
  sessionTableQueries,
  monitorQueries,
};

/** The dashboards' own queries: in the place of `$…` Grafana puts its variables. */
export const dashboardQueries: readonly Query[] = [
  namedOverviewQueries,
  sessionTableQueries,
  sessionQueries,
  comparisonQueries,
  groupQueries.byProject,
  groupQueries.byModel,
  pipelineQueries,
].flatMap((queries) => Object.values(queries));
