import { httpRequestDurationPrefix, processMetrics, receiverMetrics, sessionMetrics } from '#metrics';
import { thresholds } from '#thresholds';
import { comparisonQueries, groupQueries } from './queries/comparison.ts';
import { namedOverviewQueries, sessionTableQueries } from './queries/overview.ts';
import { pipelineQueries } from './queries/pipeline.ts';
import { sessionQueries } from './queries/session.ts';

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

/** Sessions to ask about; all of them unless ids are given. */
export interface SessionSelection {
  readonly sessionIds?: readonly string[];
}

/** Each figure of the live sessions now, and what is around them: what the terminal shows. */
export const monitorQueries = {
  usagePercent: figure(
    'live-usage',
    usage,
    'percent',
    'Share of its context window that each live session uses.',
  ),
  tokensUsed: figure('live-tokens', tokens, 'short', 'Tokens in the context window of each live session.'),
  windowTokens: figure(
    'live-window',
    sessionMetrics.windowTokens.name,
    'short',
    'Size of the context window of each live session.',
  ),
  durationSeconds: figure(
    'live-duration',
    sessionMetrics.duration.name,
    's',
    'Time since each live session was first seen.',
  ),
  lastActivitySeconds: figure(
    'live-last-activity',
    sessionMetrics.lastActivity.name,
    'dateTimeFromNow',
    'Unix time of the last activity of each live session.',
  ),
  checkpoints: figure('live-checkpoints', checkpoints, 'short', 'Checkpoints of each live session so far.'),
  tokensSaved: figure(
    'live-saved',
    saved,
    'short',
    'Tokens that the checkpoints of each live session saved.',
  ),
  costUsd: figure(
    'live-cost',
    receiverMetrics.sessionCost.name,
    'currencyUSD',
    'What each live session has cost so far, in US dollars.',
  ),
  sessionInfo: {
    name: 'live-info',
    expr: `max by (${receiverMetrics.sessionInfo.labels.join(', ')}) (${silentAfter30s(receiverMetrics.sessionInfo.name)})`,
    unit: 'short',
    legend: '{{session_id}}',
    meaning: 'What each live session is called, its model and its project, in labels.',
  },
  newestSample: {
    name: 'newest-sample',
    expr: `max(timestamp(${processMetrics.activeSessions.name}))`,
    unit: 'dateTimeFromNow',
    legend: '',
    meaning: 'Unix time of the newest figure that a server sent.',
  },
  uptime: {
    name: 'uptime',
    expr: `time() - (max_over_time((time() * absent_over_time(${processMetrics.activeSessions.name}[1m]))[1d:30s]) or vector(time() - 86400))`,
    unit: 's',
    legend: '',
    meaning: 'For how long figures have been arriving without a gap of a minute, a day at most.',
  },
  firingAlerts: {
    name: 'firing-alerts',
    expr: 'max by (alertname, session_id, severity) (ALERTS{alertstate="firing", severity!="none"})',
    unit: 'short',
    legend: '{{alertname}} {{session_id}}',
    meaning: 'The alerts that are firing, but for the dead man’s switch, which always does.',
  },
} as const satisfies Record<string, Query>;

function figure(name: string, metric: string, unit: string, meaning: string): Query {
  return { name, expr: live(metric), unit, legend: '{{session_id}}', meaning };
}

/** The figures of some sessions over time: drawn from range queries. */
export function sessionHistory(selection: SessionSelection) {
  const asked = (name: string, metric: string, meaning: string): Query => ({
    name,
    expr: `max by (session_id) (${metric}${selectorOf(selection)})`,
    unit: 'short',
    legend: '{{session_id}}',
    meaning,
  });
  return {
    usagePercent: asked('usage-history', usage, 'Share of the context window over time.'),
    tokensUsed: asked('tokens-history', tokens, 'Tokens in the context window over time.'),
    windowTokens: asked(
      'window-history',
      sessionMetrics.windowTokens.name,
      'Size of the context window over time.',
    ),
    checkpoints: asked('checkpoints-history', checkpoints, 'Checkpoints over time.'),
    tokensSaved: asked('saved-history', saved, 'Tokens that checkpoints saved over time.'),
  };
}

/**
 * Seconds until each session's window is full, at the pace of the last 5 minutes.
 *
 * Only what came in counts, so that a checkpoint doesn't turn the pace around; and a session that reported fewer than four
 * times has no pace.
 */
export function secondsToFull(selection: SessionSelection): Query {
  const own = `${usage}${selectorOf(selection)}`;
  const gained = `sum_over_time(clamp_min(delta(${own}[10s]), 0)[5m:10s])`;
  const pace = `(${gained} / 300 > 0) and changes(${own}[5m]) >= 4`;
  return {
    name: 'seconds-to-full',
    expr: `max by (session_id) (clamp_min(100 - ${own}, 0) / (${pace}))`,
    unit: 's',
    legend: '{{session_id}}',
    meaning: 'Seconds until the window of the session is full at the pace of the last 5 minutes.',
  };
}

/** Which sessions, over how long. */
export interface SessionRange extends SessionSelection {
  readonly rangeSeconds: number;
}

/**
 * Each session that there was in the time before the moment asked about, past ones included. MetricsQL: `tlast_over_time` and
 * `tfirst_over_time` give the exact moments of samples, and `increase_pure` counts from 0 and over restarts.
 */
export function sessionsOverRange(range: SessionRange) {
  const during = (metric: string) => `${metric}${selectorOf(range)}[${range.rangeSeconds}s]`;
  const asked = (name: string, value: string, meaning: string, by = 'session_id'): Query => ({
    name,
    expr: `max by (${by}) (${value})`,
    unit: 'short',
    legend: '{{session_id}}',
    meaning,
  });
  const { duration, windowTokens } = sessionMetrics;
  const { sessionInfo, sessionCost } = receiverMetrics;
  const lastSeen = `tlast_over_time(${during(duration.name)})`;
  return {
    endSeconds: asked('range-end', lastSeen, 'Unix time of the last sample.'),
    startSeconds: asked(
      'range-start',
      `${lastSeen} - last_over_time(${during(duration.name)})`,
      'Unix time when the session was first seen.',
    ),
    peakTokens: asked(
      'range-peak-tokens',
      `max_over_time(${during(tokens)})`,
      'The most tokens in the window.',
    ),
    peakPercent: asked('range-peak', `max_over_time(${during(usage)})`, 'The largest share of the window.'),
    windowTokens: asked(
      'range-window',
      `last_over_time(${during(windowTokens.name)})`,
      'Size of the window.',
    ),
    warningCrossings: asked(
      'range-warning-crossings',
      `increase_pure(${during(crossings.warning)})`,
      'Crossings of the warning threshold.',
    ),
    criticalCrossings: asked(
      'range-critical-crossings',
      `increase_pure(${during(crossings.critical)})`,
      'Crossings of the critical threshold.',
    ),
    checkpoints: asked('range-checkpoints', `increase_pure(${during(checkpoints)})`, 'Checkpoints.'),
    tokensSaved: asked('range-saved', `increase_pure(${during(saved)})`, 'Tokens that checkpoints saved.'),
    costUsd: asked('range-cost', `last_over_time(${during(sessionCost.name)})`, 'Cost in US dollars.'),
    info: asked(
      'range-info',
      `tlast_over_time(${during(sessionInfo.name)})`,
      'Unix time when the session was last described so.',
      sessionInfo.labels.join(', '),
    ),
  };
}

/** Selects every series of the sessions themselves, for an export of raw samples. */
export function sessionSeries(selection: SessionSelection): string {
  const names = [...Object.values(sessionMetrics), receiverMetrics.sessionCost].map(({ name }) => name);
  const ids = selectorOf(selection).slice(1, -1);
  return `{__name__=~"${names.join('|')}"${ids && ','}${ids}}`;
}

/** A label selector of the sessions. Their ids are escaped twice: for the regular expression and for the string. */
function selectorOf({ sessionIds }: SessionSelection): string {
  if (sessionIds === undefined) return '';
  const ids = sessionIds.map((id) => id.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
  return `{session_id=~"${ids.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"}`;
}

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
  sessionQueries,
  sessionTableQueries,
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
