import { receiverMetrics, sessionMetrics } from '#metrics';
import { thresholds } from '#thresholds';
import type { Query } from './query.ts';
import {
  growthInRange,
  lastInRange,
  named,
  newestInfo,
  secondsToFullOf,
  stateOf,
  tokensPerMinute,
} from './expressions.ts';

const matchers = 'session_id="$session"';
const chosen = `{${matchers}}`;
const usage = sessionMetrics.contextUsagePercent.name;
const tokens = sessionMetrics.contextTokens.name;
const window = sessionMetrics.windowTokens.name;
const checkpoints = sessionMetrics.checkpoints.name;
const saved = sessionMetrics.tokensSaved.name;
const compaction = receiverMetrics.compactionThreshold.name;
const { warning, critical } = thresholds;

/** The value of the chosen session at each moment, replicas counted once. */
const overTime = (metric: string) => `max by (session_id) (${metric}${chosen})`;
const sinceLastPoint = (metric: string) => `max by (session_id) (increase(${metric}${chosen}[$__interval]))`;
const told = (from: string, expr: string) => `label_replace(${expr}, "from", "${from}", "", "")`;
const mostSinceLastPoint = told('since', `max_over_time(${tokens}${chosen}[$__interval])`);
/** What a server that exports more rarely than points are drawn said before it told of the checkpoint. */
const lastAtLastPoint = told('before', `last_over_time(${tokens}${chosen}[5m] offset $__interval)`);
const wherePassed = `and on (session_id) ${sinceLastPoint(checkpoints)} > 0`;

/** Session detail's own: what happened in the session that `$session` names, at the end of the time range and over it. */
export const sessionQueries = {
  sessionChoice: {
    name: 'session-choice',
    expr: `sort_desc(${named(`topk(500, max by (session_id) (max_over_time(${usage}[$__range])))`, { during: '$__range' })})`,
    unit: 'percent',
    legend: '{{session}}',
    meaning: 'The sessions of the time range by name, the fullest first.',
  },
  sessionInfo: one(
    'session-info',
    newestInfo({ during: '$__range', matchers }),
    'What the session is called and runs on, in labels.',
  ),
  sessionState: one(
    'session-state',
    stateOf(lastInRange(usage, chosen)),
    'State of the session: 0 is OK, 1 is warning, 2 is critical.',
  ),
  sessionUsage: one(
    'session-usage',
    lastInRange(usage, chosen),
    'Share of its context window that the session uses.',
    'percent',
  ),
  sessionTokens: one(
    'session-tokens',
    lastInRange(tokens, chosen),
    'Tokens in the context window of the session.',
  ),
  sessionWindow: one(
    'session-window',
    lastInRange(window, chosen),
    'Size of the context window of the session.',
  ),
  sessionToCompaction: one(
    'session-to-compaction',
    `clamp_min(${lastInRange(compaction, chosen)} - ${lastInRange(tokens, chosen)}, 0)`,
    'Tokens that are left until Claude Code compacts the session by itself.',
  ),
  sessionToFull: one(
    'session-to-full',
    secondsToFullOf(chosen),
    'Seconds until the session is full at the pace of the last 5 minutes.',
    's',
  ),
  sessionCheckpoints: one(
    'session-checkpoints',
    growthInRange(checkpoints, chosen),
    'Checkpoints of the session in the time range.',
  ),
  sessionSavedAverage: one(
    'session-saved-average',
    `${growthInRange(saved, chosen)} / (${growthInRange(checkpoints, chosen)} > 0)`,
    'Tokens that a checkpoint of the session saved on average in the time range.',
  ),
  sessionCost: one(
    'session-cost',
    lastInRange(receiverMetrics.sessionCost.name, chosen),
    'What the session has cost so far, in US dollars.',
    'currencyUSD',
  ),
  sessionDuration: one(
    'session-duration',
    lastInRange(sessionMetrics.duration.name, chosen),
    'Time since the session was first seen.',
    's',
  ),
  sessionLastActivity: one(
    'session-last-activity',
    `${lastInRange(sessionMetrics.lastActivity.name, chosen)} * 1000`,
    'Time of the last activity of the session, in milliseconds.',
    'dateTimeFromNow',
  ),
  occupancy: line(
    'occupancy',
    overTime(tokens),
    'tokens in the context',
    'Tokens in the context window of the session over time.',
  ),
  occupancyWindow: line(
    'occupancy-window',
    overTime(window),
    'window',
    'Size of the context window of the session over time.',
  ),
  occupancyCompaction: line(
    'occupancy-compaction',
    overTime(compaction),
    'compaction',
    'Tokens at which the session is compacted automatically.',
  ),
  occupancyWarning: line(
    'occupancy-warning',
    `${overTime(window)} * ${warning.percent} / 100`,
    `warning (${warning.percent} %)`,
    'Tokens at which the session reaches the warning threshold.',
  ),
  occupancyCritical: line(
    'occupancy-critical',
    `${overTime(window)} * ${critical.percent} / 100`,
    `critical (${critical.percent} %)`,
    'Tokens at which the session reaches the critical threshold.',
  ),
  fillRate: line(
    'fill-rate',
    tokensPerMinute(chosen),
    'tokens per minute',
    'Tokens per minute that came into the context over the 5 minutes before each point.',
  ),
  toFullOverTime: line(
    'to-full-over-time',
    secondsToFullOf(chosen),
    'time to full',
    'Seconds until the session was to be full, as predicted at each point.',
    's',
  ),
  stateOverTime: line(
    'state-over-time',
    stateOf(overTime(usage)),
    'state',
    'State of the session over time: 0 is OK, 1 is warning, 2 is critical.',
  ),
  checkpointCountPerPoint: line(
    'checkpoint-count-per-point',
    `${sinceLastPoint(checkpoints)} > 0`,
    'checkpoints',
    'Checkpoints of the session since the point before, where there were any.',
  ),
  checkpointBefore: line(
    'checkpoint-before',
    `max by (session_id) (${mostSinceLastPoint} or ${lastAtLastPoint}) ${wherePassed}`,
    'before',
    'The most tokens in the context from the last point on before a checkpoint.',
  ),
  checkpointAfter: line(
    'checkpoint-after',
    `max by (session_id) (min_over_time(${tokens}${chosen}[$__interval])) ${wherePassed}`,
    'after',
    'The fewest tokens in the context around a checkpoint.',
  ),
  checkpointSaved: line(
    'checkpoint-saved',
    `${sinceLastPoint(saved)} ${wherePassed}`,
    'saved',
    'Tokens that the checkpoints since the point before saved.',
  ),
  // MetricsQL: `changes` counts the first value, too, which is the first compaction.
  checkpointTrigger: {
    name: 'checkpoint-trigger',
    expr: `max by (trigger) (changes(${receiverMetrics.lastCompaction.name}${chosen}[$__interval])) > 0`,
    unit: 'short',
    legend: '{{trigger}}',
    meaning: 'What triggered the compactions since the point before, as the label `trigger`.',
  },
  subagents: {
    name: 'subagents',
    expr: `max by (agent) (${receiverMetrics.subagentContextTokens.name}${chosen})`,
    unit: 'short',
    legend: '{{agent}}',
    meaning: 'Tokens in the context windows of the session’s subagents.',
  },
  costOverTime: line(
    'cost-over-time',
    overTime(receiverMetrics.sessionCost.name),
    'cost',
    'What the session had cost at each point, in US dollars.',
    'currencyUSD',
  ),
} as const satisfies Record<string, Query>;

function one(name: string, expr: string, meaning: string, unit = 'short'): Query {
  return { name, expr, unit, legend: '', meaning };
}

function line(name: string, expr: string, legend: string, meaning: string, unit = 'short'): Query {
  return { name, expr, unit, legend, meaning };
}
