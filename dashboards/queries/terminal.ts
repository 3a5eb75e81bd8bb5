import {
  embeddingMetrics,
  embeddingTokensPrefix,
  httpRequestDurationPrefix,
  processMetrics,
  receiverMetrics,
  sessionMetrics,
} from '#metrics';
import type { Query } from './query.ts';
import { live, secondsToFullOf } from './expressions.ts';

const tokens = sessionMetrics.contextTokens.name;
const usage = sessionMetrics.contextUsagePercent.name;
const saved = sessionMetrics.tokensSaved.name;
const checkpoints = sessionMetrics.checkpoints.name;
const crossings = { warning: sessionMetrics.threshold70.name, critical: sessionMetrics.threshold90.name };

/** Sessions to ask about; all of them unless ids are given. */
interface SessionSelection {
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
    expr: live(receiverMetrics.sessionInfo.name, receiverMetrics.sessionInfo.labels.join(', ')),
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
  embeddingOperations: embedding(
    'operations',
    `${embeddingTokensPrefix}_count`,
    'Embedding operations per minute.',
  ),
  embeddingTokens: embedding(
    'tokens',
    `${embeddingTokensPrefix}_sum`,
    'Tokens per minute that were embedded.',
  ),
  embeddingCost: embedding(
    'cost',
    embeddingMetrics.cost.name,
    'What embeddings cost per minute, in US dollars.',
  ),
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

function embedding(what: string, counter: string, meaning: string): Query {
  const expr = `sum(rate(${counter}[5m])) * 60`;
  return { name: `all-embedding-${what}`, expr, unit: 'short', legend: '', meaning };
}

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

/** Seconds until the window of each session is full. */
export function secondsToFull(selection: SessionSelection): Query {
  return {
    name: 'seconds-to-full',
    expr: secondsToFullOf(selectorOf(selection)),
    unit: 's',
    legend: '{{session_id}}',
    meaning: 'Seconds until the window of the session is full at the pace of the last 5 minutes.',
  };
}

/** Which sessions, over how long. */
interface SessionRange extends SessionSelection {
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
