import { receiverMetrics, sessionMetrics } from '#metrics';
import { counted, live, liveCount, secondsToFullOf } from './expressions.ts';
import { metric } from './names.ts';
import { type Query, queryTable } from './query.ts';

const { usage, tokens, window, saved, checkpoints, crossings, duration, info, cost } = metric;
const { activeSessions, requestDuration, embeddingTokens } = metric;

/** Which sessions to query. Default: all. */
interface SessionSelection {
  readonly sessionIds?: readonly string[];
}

const monitorRows = {
  usagePercent: {
    expr: live(usage),
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: 'Share of its context window that each live session uses.',
  },
  tokensUsed: {
    expr: live(tokens),
    legend: '{{session_id}}',
    meaning: 'Tokens in the context window of each live session.',
  },
  windowTokens: {
    expr: live(window),
    legend: '{{session_id}}',
    meaning: 'Size of the context window of each live session.',
  },
  durationSeconds: {
    expr: live(duration),
    unit: 's',
    legend: '{{session_id}}',
    meaning: 'Time since each live session was first seen.',
  },
  lastActivitySeconds: {
    expr: live(metric.lastActivity),
    unit: 'dateTimeFromNow',
    legend: '{{session_id}}',
    meaning: 'Unix time of the last activity of each live session.',
  },
  checkpoints: {
    expr: liveCount(checkpoints),
    legend: '{{session_id}}',
    meaning: 'Checkpoints of each live session so far.',
  },
  tokensSaved: {
    expr: liveCount(saved),
    legend: '{{session_id}}',
    meaning: 'Tokens that the checkpoints of each live session saved.',
  },
  costUsd: {
    expr: live(cost),
    unit: 'currencyUSD',
    legend: '{{session_id}}',
    meaning: 'What each live session has cost so far, in US dollars.',
  },
  sessionInfo: {
    expr: live(info, receiverMetrics.sessionInfo.labels.join(', ')),
    legend: '{{session_id}}',
    meaning: 'Name, model and project of each live session, in labels.',
  },
  newestSample: {
    expr: `max(timestamp(${activeSessions}))`,
    unit: 'dateTimeFromNow',
    meaning: 'Unix time of the newest sample that a server sent.',
  },
  uptime: {
    expr: `time() - (max_over_time((time() * absent_over_time(${activeSessions}[1m]))[1d:30s]) or vector(time() - 86400))`,
    unit: 's',
    meaning: 'How long samples have been arriving without a gap of a minute, up to a day.',
  },
  firingAlerts: {
    expr: 'max by (alertname, session_id, severity) (ALERTS{alertstate="firing", severity!="none"})',
    legend: '{{alertname}} {{session_id}}',
    meaning: 'The alerts that are firing, except the watchdog, which always fires.',
  },
  embeddingOperations: {
    expr: `sum(rate(${embeddingTokens}_count[5m])) * 60`,
    meaning: 'Embedding operations per minute.',
  },
  embeddingTokens: {
    expr: `sum(rate(${embeddingTokens}_sum[5m])) * 60`,
    meaning: 'Tokens per minute that were embedded.',
  },
  embeddingCost: {
    expr: `sum(rate(${metric.embeddingCost}[5m])) * 60`,
    meaning: 'Cost of embeddings per minute, in US dollars.',
  },
};

/** The terminal's queries: the current values of the live sessions, and of the servers and alerts around them. */
export const monitorQueries = queryTable(monitorRows, { nameOf: (key) => `monitor-${key}` });

/** The traffic of the instrumented servers, by the HTTP semantic conventions. */
export const httpQueries = queryTable({
  requestRate: {
    expr: `sum(rate(${requestDuration}_count[5m])) * 60`,
    unit: 'reqpm',
    legend: 'requests',
    meaning: 'HTTP requests per minute that the instrumented servers answered.',
  },
  requestLatencyP95: {
    expr: `histogram_quantile(0.95, sum by (le) (rate(${requestDuration}_bucket[5m])))`,
    unit: 's',
    legend: 'p95',
    meaning: 'Duration within which 95 of 100 HTTP requests were answered.',
  },
});

/** The values of some sessions over time, for range queries. */
export function sessionHistory(selection: SessionSelection) {
  const overTime = (name: string) => `max by (session_id) (${name}${selectorOf(selection)})`;
  const rows = {
    usagePercent: { expr: overTime(usage), meaning: 'Share of the context window over time.' },
    tokensUsed: { expr: overTime(tokens), meaning: 'Tokens in the context window over time.' },
    windowTokens: { expr: overTime(window), meaning: 'Size of the context window over time.' },
    checkpoints: {
      expr: counted(`${checkpoints}${selectorOf(selection)}`),
      meaning: 'Checkpoints over time.',
    },
    tokensSaved: {
      expr: counted(`${saved}${selectorOf(selection)}`),
      meaning: 'Tokens that checkpoints saved over time.',
    },
  };
  return queryTable(rows, { legend: '{{session_id}}', nameOf: (key) => `${key}-history` });
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
 * Every session in the time before the moment of the query, past ones included.
 *
 * MetricsQL: `tlast_over_time` gives the exact time of a sample; `increase_pure` counts from 0 and across restarts.
 */
export function sessionsOverRange(range: SessionRange) {
  const during = (name: string) => `${name}${selectorOf(range)}[${range.rangeSeconds}s]`;
  const max = (value: string, by = 'session_id') => `max by (${by}) (${value})`;
  const lastSeen = `tlast_over_time(${during(duration)})`;
  const rows = {
    endSeconds: { expr: max(lastSeen), meaning: 'Unix time of the last sample.' },
    startSeconds: {
      expr: max(`${lastSeen} - last_over_time(${during(duration)})`),
      meaning: 'Unix time when the session was first seen.',
    },
    peakTokens: {
      expr: max(`max_over_time(${during(tokens)})`),
      meaning: 'The most tokens in the window.',
    },
    peakPercent: {
      expr: max(`max_over_time(${during(usage)})`),
      meaning: 'The largest share of the window.',
    },
    windowTokens: { expr: max(`last_over_time(${during(window)})`), meaning: 'Size of the window.' },
    warningCrossings: {
      expr: max(`increase_pure(${during(crossings.warning)})`),
      meaning: 'Crossings of the warning threshold.',
    },
    criticalCrossings: {
      expr: max(`increase_pure(${during(crossings.critical)})`),
      meaning: 'Crossings of the critical threshold.',
    },
    checkpoints: { expr: counted(`increase_pure(${during(checkpoints)})`), meaning: 'Checkpoints.' },
    tokensSaved: {
      expr: counted(`increase_pure(${during(saved)})`),
      meaning: 'Tokens that checkpoints saved.',
    },
    costUsd: { expr: max(`last_over_time(${during(cost)})`), meaning: 'Cost in US dollars.' },
    info: {
      expr: max(`tlast_over_time(${during(info)})`, receiverMetrics.sessionInfo.labels.join(', ')),
      meaning: 'Unix time of the last sample with these labels.',
    },
  };
  return queryTable(rows, { legend: '{{session_id}}', nameOf: (key) => `range-${key}` });
}

/** Selects all series of the sessions, for an export of raw samples. */
export function sessionSeries(selection: SessionSelection): string {
  const names = [...Object.values(sessionMetrics).map(({ name }) => name), cost];
  const ids = selectorOf(selection).slice(1, -1);
  return `{__name__=~"${names.join('|')}"${ids && ','}${ids}}`;
}

/** A label selector for the sessions. Ids are escaped twice: for the regular expression and for the string. */
function selectorOf({ sessionIds }: SessionSelection): string {
  if (sessionIds === undefined) return '';
  const ids = sessionIds.map((id) => id.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
  return `{session_id=~"${ids.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"}`;
}
