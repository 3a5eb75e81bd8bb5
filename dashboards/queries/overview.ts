import { processMetrics, receiverMetrics, sessionMetrics } from '#metrics';
import { thresholds } from '#thresholds';
import type { Query } from './query.ts';
import {
  largest,
  live,
  named,
  newestInfo,
  ofFullest,
  secondsToFullOf,
  stateOf,
  unlessSilent,
  withState,
} from './expressions.ts';

const usage = sessionMetrics.contextUsagePercent.name;
const tokens = sessionMetrics.contextTokens.name;
const saved = sessionMetrics.tokensSaved.name;
const checkpoints = sessionMetrics.checkpoints.name;
const crossings = { warning: sessionMetrics.threshold70.name, critical: sessionMetrics.threshold90.name };
const compaction = receiverMetrics.compactionThreshold.name;
const cost = receiverMetrics.sessionCost.name;

/** Number of sessions that a chart over time draws. */
const drawnSessions = 10;

/** An expression by session, of the sessions that are fullest at the end of the time range. */
function ofFullestAtEnd(expr: string, count = drawnSessions, within = '5m'): string {
  const fullest = largest(count, `max by (session_id) (last_over_time(${usage}[${within}] @ end()))`);
  return `0 * ${fullest} + on (session_id) ${expr}`;
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
    expr: `sum(${unlessSilent(processMetrics.activeSessions.name)})`,
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
} as const satisfies Record<string, Query>;

/** The Context overview's own: which sessions need me now, by name. */
export const namedOverviewQueries = {
  averageTokensNow: {
    name: 'average-tokens-now',
    expr: `avg(${live(tokens)})`,
    unit: 'short',
    legend: 'per session',
    meaning: 'Tokens in the context window of a live session on average.',
  },
  topNamed: {
    name: 'top-named',
    expr: `sort_desc(${named(withState(largest(5, live(usage))))})`,
    unit: 'percent',
    legend: '{{session}}: {{state}}',
    meaning: 'The five live sessions that use the largest share of their context window, by name and state.',
  },
  usageNamedOverTime: {
    name: 'usage-named-over-time',
    expr: named(ofFullestAtEnd(`max by (session_id) (${usage})`)),
    unit: 'percent',
    legend: '{{session}}',
    meaning: `Usage of the ${drawnSessions} sessions that were fullest in the last 5 minutes of the time range.`,
  },
  checkpointsOfDrawn: {
    name: 'checkpoints-of-drawn',
    expr: named(`${ofFullestAtEnd(`max by (session_id) (increase(${checkpoints}[$__interval]))`)} > 0`),
    unit: 'short',
    legend: '{{session}}',
    meaning: 'Checkpoints of the sessions drawn, between one point and the next.',
  },
  warningCrossingsPerBar: {
    name: 'warning-crossings-per-bar',
    expr: `sum(max by (session_id) (increase(${crossings.warning}[$__interval])))`,
    unit: 'short',
    legend: `${thresholds.warning.percent} % (${thresholds.warning.severity})`,
    meaning: 'Crossings of the warning threshold since the bar before, all sessions together.',
  },
  criticalCrossingsPerBar: {
    name: 'critical-crossings-per-bar',
    expr: `sum(max by (session_id) (increase(${crossings.critical}[$__interval])))`,
    unit: 'short',
    legend: `${thresholds.critical.percent} % (${thresholds.critical.severity})`,
    meaning: 'Crossings of the critical threshold since the bar before, all sessions together.',
  },
  costNow: {
    name: 'cost-now',
    expr: `sum(${live(cost)})`,
    unit: 'currencyUSD',
    legend: '',
    meaning: 'What the live sessions have cost so far, in US dollars.',
  },
  rateLimitsNow: {
    name: 'rate-limits-now',
    expr: live(receiverMetrics.rateLimitUsed.name, 'window'),
    unit: 'percent',
    legend: '{{window}}',
    meaning: 'Share of the account’s rate limits that is used.',
  },
} as const satisfies Record<string, Query>;

/** The columns of the table of live sessions, each by session. */
export const sessionTableQueries = {
  rowUsage: column(
    'row-usage',
    named(ofFullest(live(usage))),
    'percent',
    'Share of its context window that each of the fullest live sessions uses, by name.',
  ),
  rowState: column(
    'row-state',
    ofFullest(stateOf(live(usage))),
    'short',
    'State of each of the fullest live sessions: 0 is OK, 1 is warning, 2 is critical.',
  ),
  rowInfo: column(
    'row-info',
    ofFullest(newestInfo({ during: '1m' })),
    'short',
    'What each of the fullest live sessions runs on, in labels.',
  ),
  rowTokens: liveColumn(
    'row-tokens',
    tokens,
    'Tokens in the context window of each of the fullest live sessions.',
  ),
  rowWindow: liveColumn(
    'row-window',
    sessionMetrics.windowTokens.name,
    'Size of the context window of each of the fullest live sessions.',
  ),
  rowToCompaction: column(
    'row-to-compaction',
    ofFullest(`clamp_min(${live(compaction)} - ${live(tokens)}, 0)`),
    'short',
    'Tokens that are left until Claude Code compacts each of the fullest live sessions by itself.',
  ),
  rowToFull: column(
    'row-to-full',
    ofFullest(`${secondsToFullOf('')} and on (session_id) ${live(usage)}`),
    's',
    'Seconds until each of the fullest live sessions is full at the pace of the last 5 minutes.',
  ),
  rowCheckpoints: liveColumn(
    'row-checkpoints',
    checkpoints,
    'Checkpoints of each of the fullest live sessions so far.',
  ),
  rowSaved: liveColumn(
    'row-saved',
    saved,
    'Tokens that the checkpoints of each of the fullest live sessions saved so far.',
  ),
  rowDuration: liveColumn(
    'row-duration',
    sessionMetrics.duration.name,
    'Time since each of the fullest live sessions was first seen.',
    's',
  ),
  rowLastActivity: column(
    'row-last-activity',
    ofFullest(`${live(sessionMetrics.lastActivity.name)} * 1000`),
    'dateTimeFromNow',
    'Time of the last activity of each of the fullest live sessions, in milliseconds.',
  ),
  rowTrend: column(
    'row-trend',
    ofFullestAtEnd(`max by (session_id) (${usage})`, 50, '30s'),
    'percent',
    'Usage over time of the 50 fullest live sessions.',
  ),
} as const satisfies Record<string, Query>;

function liveColumn(name: string, metric: string, meaning: string, unit = 'short'): Query {
  return column(name, ofFullest(live(metric)), unit, meaning);
}

function column(name: string, expr: string, unit: string, meaning: string): Query {
  return { name, expr, unit, legend: '{{session_id}}', meaning };
}
