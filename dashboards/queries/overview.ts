import type { Thresholds } from '#thresholds';
import {
  chosen,
  counted,
  largest,
  live,
  liveCount,
  named,
  newestInfo,
  ofFullest,
  secondsToFullOf,
  stateOf,
  unlessSilent,
} from './expressions.ts';
import { metric } from './names.ts';
import { queryTable } from './query.ts';

const { usage, tokens, window, saved, checkpoints, crossings, compaction, cost } = metric;

/** Number of sessions that a chart over time draws. */
const drawnSessions = 10;

/** Limits an expression by session to the sessions that are fullest at the end of the time range. */
function ofFullestAtEnd(expr: string, count = drawnSessions, within = '5m'): string {
  const newest = `max by (session_id) (last_over_time(${usage}[${within}] @ end()))`;
  const fullest = largest(count, chosen(newest));
  return `0 * ${fullest} + on (session_id) ${expr}`;
}

/** The number of sessions; 0, not nothing, while a reporter without sessions is alive. */
function countOf(sessions: string): string {
  return `count(${sessions}) or 0 * max(${unlessSilent(metric.activeSessions)})`;
}

/** The overview's queries besides the contract's: live sessions only, and exact totals. */
export const overviewQueries = queryTable({
  activeSessionsNow: {
    expr: countOf(live(usage)),
    meaning: 'Number of live sessions, each counted once however many servers report it.',
  },
  totalTokensNow: {
    expr: `sum(${live(tokens)})`,
    legend: 'used',
    meaning: 'Tokens in the context windows of all live sessions together.',
  },
  totalWindowNow: {
    expr: `sum(${live(window)})`,
    legend: 'of window',
    meaning: 'Size of the context windows of all live sessions together.',
  },
  averageUsageNow: {
    expr: `avg(${live(usage)})`,
    unit: 'percent',
    meaning: 'Average share of the context window over all live sessions.',
  },
  warningCrossings: {
    expr: `sum(max by (session_id) (increase(${crossings.warning}[5m])))`,
    meaning: 'Crossings of the warning threshold within 5 minutes, all sessions together.',
  },
  criticalCrossings: {
    expr: `sum(max by (session_id) (increase(${crossings.critical}[5m])))`,
    meaning: 'Crossings of the critical threshold within 5 minutes, all sessions together.',
  },
  savedPerCheckpoint: {
    expr: `${counted(`last_over_time(${saved}[1h])`)} / (${counted(`last_over_time(${checkpoints}[1h])`)} > 0)`,
    legend: '{{session_id}}',
    meaning: 'Tokens that a checkpoint of the session saved on average, for sessions of the last hour.',
  },
});

/** What a session's description may say of where it runs. Quotes and backslashes would need to be escaped in a filter. */
const filterLabels = ['project', 'host', 'user', 'team'] as const;
const hasNoQuotes = String.raw`!~".*[\"\\\\].*"`;

/** Everything that the sessions of the time range can be filtered by: what the list shows, and the end of a query. */
const filterChoice = {
  expr: filterLabels
    .map((label) => {
      const info = `last_over_time(${metric.info}{${label}!="", ${label}${hasNoQuotes}}[$__range])`;
      const filter = `and on (session_id) last_over_time(${metric.info}{${label}=\\"$1\\"}[5m] @ end())`;
      const named = `label_replace(max by (${label}) (${info}), "text", "${label} $1", "${label}", "(.+)")`;
      return `max by (text, value) (label_replace(${named}, "value", "${filter}", "${label}", "(.+)"))`;
    })
    .join(' or '),
  meaning: 'The projects, hosts, users and teams of the sessions in the time range, each as a filter.',
};

/** The queries of the Context overview dashboard that show sessions by name. */
export function namedOverviewQueries(thresholds: Thresholds) {
  const { warning, critical } = thresholds;
  return queryTable({
    filterChoice,
    criticalNow: {
      expr: `sum(${chosen(live(usage))} >= bool ${critical.percent}) or vector(0)`,
      meaning: 'Number of the chosen live sessions that reached the critical threshold.',
    },
    warningNow: {
      expr: `sum(${chosen(live(usage))} >= ${warning.percent} < bool ${critical.percent}) or vector(0)`,
      meaning:
        'Number of the chosen live sessions that reached the warning threshold and not the critical one.',
    },
    liveNow: {
      expr: countOf(chosen(live(usage))),
      meaning: 'Number of the chosen live sessions.',
    },
    usageNamedOverTime: {
      expr: named(ofFullestAtEnd(`max by (session_id) (${usage})`)),
      unit: 'percent',
      legend: '{{session}}',
      meaning: `Usage of the ${drawnSessions} sessions that were fullest in the last 5 minutes of the time range.`,
    },
    warningCrossingsPerBar: {
      expr: `sum(max by (session_id) (increase(${crossings.warning}[$__interval])))`,
      legend: `${warning.percent} % (${warning.severity})`,
      meaning: 'Crossings of the warning threshold since the previous bar, all sessions together.',
    },
    criticalCrossingsPerBar: {
      expr: `sum(max by (session_id) (increase(${crossings.critical}[$__interval])))`,
      legend: `${critical.percent} % (${critical.severity})`,
      meaning: 'Crossings of the critical threshold since the previous bar, all sessions together.',
    },
    nextFull: {
      expr: named(`bottomk(1, (${secondsToFullOf('')} > 0) and on (session_id) ${chosen(live(usage))})`),
      unit: 's',
      legend: '{{session}}',
      meaning:
        'The shortest time until a live session that has room is full at the pace of the last 5 minutes.',
    },
    costNow: {
      expr: `sum(${chosen(live(cost))})`,
      unit: 'currencyUSD',
      meaning: 'What the chosen live sessions have cost so far, in US dollars.',
    },
    rateLimitsNow: {
      expr: limitNames(live(metric.rateLimit, 'window, account')),
      unit: 'percent',
      legend: '{{window}} {{account}}',
      meaning: 'Share of each account’s rate limits that is used.',
    },
  });
}

/** Names rate limits by `5 h` and `7 d`, and accounts by their first 8 characters. */
function limitNames(expr: string): string {
  const replacements = [
    ['window', '5 h', 'five_hour'],
    ['window', '7 d', 'seven_day'],
    ['account', '$1', '(.{8}).*'],
  ] as const;
  return replacements.reduce(
    (inner, [label, text, pattern]) =>
      `label_replace(${inner}, "${label}", "${text}", "${label}", "${pattern}")`,
    expr,
  );
}

/** The columns of the table of live sessions, each by session. */
export function sessionTableQueries(thresholds: Thresholds) {
  const rows = {
    rowUsage: {
      expr: named(ofFullest(live(usage))),
      unit: 'percent',
      meaning: 'Share of its context window that each of the fullest live sessions uses, by name.',
    },
    rowState: {
      expr: ofFullest(stateOf(live(usage), thresholds)),
      meaning: 'State of each of the fullest live sessions: 0 is OK, 1 is warning, 2 is critical.',
    },
    rowInfo: {
      expr: ofFullest(newestInfo({ during: '1m' })),
      meaning: 'Project, model and host of each of the fullest live sessions, in labels.',
    },
    rowToCompaction: {
      expr: ofFullest(`clamp_min(${live(compaction)} - ${live(tokens)}, 0)`),
      meaning: 'Tokens left until Claude Code compacts each of the fullest live sessions automatically.',
    },
    rowToFull: {
      expr: ofFullest(`${secondsToFullOf('')} and on (session_id) ${live(usage)}`),
      unit: 's',
      meaning: 'Seconds until each of the fullest live sessions is full at the pace of the last 5 minutes.',
    },
    rowCheckpoints: {
      expr: ofFullest(liveCount(checkpoints)),
      meaning: 'Checkpoints of each of the fullest live sessions so far.',
    },
    rowTrend: {
      expr: ofFullestAtEnd(`max by (session_id) (${usage})`, 50, '30s'),
      unit: 'percent',
      meaning: 'Usage over time of the 50 fullest live sessions.',
    },
  };
  return queryTable(rows, { legend: '{{session_id}}' });
}
