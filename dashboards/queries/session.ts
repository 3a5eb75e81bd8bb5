import type { Thresholds } from '#thresholds';
import {
  counted,
  growthInRange,
  lastInRange,
  liveFirst,
  named,
  newestInfo,
  secondsToFullOf,
  stateOf,
  tokensPerMinute,
  unlessSilent,
} from './expressions.ts';
import { metric } from './names.ts';
import { queryTable } from './query.ts';

const { usage, tokens, window, checkpoints, saved, compaction, cost } = metric;
const matchers = 'session_id="$session"';
const chosen = `{${matchers}}`;

/** The value of the chosen session at each moment: the largest that its reporters have. */
const overTime = (name: string) => `max by (session_id) (${name}${chosen})`;
const sinceLastPoint = (name: string) => counted(`increase(${name}${chosen}[$__interval])`);
const from = (label: string, expr: string) => `label_replace(${expr}, "from", "${label}", "", "")`;
const mostSinceLastPoint = from('since', `max_over_time(${tokens}${chosen}[$__interval])`);
/** For a server that exports less often than points are drawn: its last value before it reported the checkpoint. */
const lastAtLastPoint = from('before', `last_over_time(${tokens}${chosen}[5m] offset $__interval)`);
const whereCheckpoint = `and on (session_id) ${sinceLastPoint(checkpoints)} > 0`;

/** The session of a link, if the time range has no sample of it: the last in the list, so that Grafana opens no other instead. */
const linkedUnknown = [
  'label_replace(label_replace(vector(-1), "session_id", "$linked", "", ""), "session", "unknown session $linked", "", "")',
  `unless on (session_id) max by (session_id) (last_over_time(${usage}{session_id="$linked"}[$__range]))`,
].join(' ');

/** The queries of the Session detail dashboard: the session in `$session`, over the time range and at its end. */
export function sessionQueries(thresholds: Thresholds) {
  return { ...queriesAtEnd(thresholds), ...queriesOverTime(thresholds) };
}

function queriesAtEnd(thresholds: Thresholds) {
  return queryTable({
    sessionChoice: {
      expr: `sort_desc(${named(liveFirst, { during: '$__range' })} or ${linkedUnknown})`,
      legend: '{{session}}',
      meaning:
        'The sessions of the time range by name: first the live ones, then the others, the fullest first; last the one of the link.',
    },
    sessionInfo: {
      expr: newestInfo({ during: '$__range', matchers }),
      meaning: 'Name, project, model and host of the session, in labels.',
    },
    sessionState: {
      expr: `${stateOf(`max by (session_id) (${unlessSilent(`${usage}${chosen}`)})`, thresholds)} or on (session_id) 0 * ${lastInRange(usage, chosen)} + 3`,
      meaning: 'State of the session: 0 is OK, 1 is warning, 2 is critical, 3 is ended.',
    },
    sessionUsage: {
      expr: lastInRange(usage, chosen),
      unit: 'percent',
      meaning: 'Share of its context window that the session uses.',
    },
    sessionTokens: {
      expr: lastInRange(tokens, chosen),
      meaning: 'Tokens in the context window of the session.',
    },
    sessionWindow: {
      expr: lastInRange(window, chosen),
      meaning: 'Size of the context window of the session.',
    },
    sessionToCompaction: {
      expr: `clamp_min(${lastInRange(compaction, chosen)} - ${lastInRange(tokens, chosen)}, 0)`,
      meaning: 'Tokens left until Claude Code compacts the session automatically.',
    },
    sessionToFull: {
      expr: secondsToFullOf(chosen),
      unit: 's',
      meaning: 'Seconds until the session is full at the pace of the last 5 minutes.',
    },
    sessionCheckpoints: {
      expr: growthInRange(checkpoints, chosen),
      meaning: 'Checkpoints of the session in the time range.',
    },
    sessionSavedAverage: {
      expr: `${growthInRange(saved, chosen)} / (${growthInRange(checkpoints, chosen)} > 0)`,
      meaning: 'Tokens that a checkpoint of the session saved on average in the time range.',
    },
    sessionCost: {
      expr: lastInRange(cost, chosen),
      unit: 'currencyUSD',
      meaning: 'What the session has cost so far, in US dollars.',
    },
    sessionDuration: {
      expr: lastInRange(metric.duration, chosen),
      unit: 's',
      meaning: 'Time since the session was first seen.',
    },
    sessionLastActivity: {
      expr: `${lastInRange(metric.lastActivity, chosen)} * 1000`,
      unit: 'dateTimeFromNow',
      meaning: 'Time of the last activity of the session, in milliseconds.',
    },
  });
}

function queriesOverTime(thresholds: Thresholds) {
  const { warning, critical } = thresholds;
  return queryTable({
    occupancy: {
      expr: overTime(tokens),
      legend: 'tokens in the context',
      meaning: 'Tokens in the context window of the session over time.',
    },
    occupancyWindow: {
      expr: overTime(window),
      legend: 'window',
      meaning: 'Size of the context window of the session over time.',
    },
    occupancyCompaction: {
      expr: overTime(compaction),
      legend: 'compaction',
      meaning: 'Tokens at which the session is compacted automatically.',
    },
    occupancyWarning: {
      expr: `${overTime(window)} * ${warning.percent} / 100`,
      legend: `warning (${warning.percent} %)`,
      meaning: 'Tokens at which the session reaches the warning threshold.',
    },
    occupancyCritical: {
      expr: `${overTime(window)} * ${critical.percent} / 100`,
      legend: `critical (${critical.percent} %)`,
      meaning: 'Tokens at which the session reaches the critical threshold.',
    },
    fillRate: {
      expr: tokensPerMinute(chosen),
      legend: 'tokens per minute',
      meaning: 'Tokens added to the context per minute over the 5 minutes before each point.',
    },
    toFullOverTime: {
      expr: secondsToFullOf(chosen),
      unit: 's',
      legend: 'time to full',
      meaning: 'Predicted seconds until the session is full, at each point.',
    },
    stateOverTime: {
      // Without the last state, Grafana shows an error where the session has no samples at all.
      expr: `max(${stateOf(overTime(usage), thresholds)}) or vector(4)`,
      legend: 'state',
      meaning: 'State of the session over time: 0 is OK, 1 is warning, 2 is critical, 4 is no report.',
    },
    checkpointCountPerPoint: {
      expr: `${sinceLastPoint(checkpoints)} > 0`,
      legend: 'checkpoints',
      meaning: 'Checkpoints of the session since the previous point, if there were any.',
    },
    checkpointBefore: {
      expr: `max by (session_id) (${mostSinceLastPoint} or ${lastAtLastPoint}) ${whereCheckpoint}`,
      legend: 'before',
      meaning: 'The most tokens in the context between the previous point and a checkpoint.',
    },
    checkpointAfter: {
      expr: `max by (session_id) (min_over_time(${tokens}${chosen}[$__interval])) ${whereCheckpoint}`,
      legend: 'after',
      meaning: 'The fewest tokens in the context around a checkpoint.',
    },
    checkpointSaved: {
      expr: `${sinceLastPoint(saved)} ${whereCheckpoint}`,
      legend: 'saved',
      meaning: 'Tokens that the checkpoints since the previous point saved.',
    },
    checkpointTrigger: {
      // MetricsQL: `changes` also counts the first value, which is the first compaction.
      expr: `max by (trigger) (changes(${metric.lastCompaction}${chosen}[$__interval])) > 0`,
      legend: '{{trigger}}',
      meaning: 'What triggered the compactions since the previous point, as the label `trigger`.',
    },
    subagents: {
      expr: `max by (agent) (${metric.subagentTokens}${chosen})`,
      legend: '{{agent}}',
      meaning: 'Tokens in the context windows of the session’s subagents.',
    },
    costOverTime: {
      expr: overTime(cost),
      unit: 'currencyUSD',
      legend: 'cost',
      meaning: 'What the session had cost at each point, in US dollars.',
    },
  });
}
