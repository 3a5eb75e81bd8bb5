import type { Thresholds } from '#thresholds';
import { heldWhileBlind, lastOf, mayBeBlind } from './blind.ts';
import { metric } from './names.ts';
import type { Query } from './query.ts';
import { labelOfInfos } from './expressions.ts';
import { secondsToFull } from './terminal.ts';

const { usage, highUsage, tokens, crossings, sendErrors } = metric;

/** The names of the alerts that queries refer to. */
export const alertNames = {
  critical: 'ContextWindowCritical',
  warning: 'ContextWindowWarning',
  compaction: 'ContextCompactionImminent',
  fullSoon: 'ContextFullSoon',
  fast: 'ContextFillingFast',
} as const;

/** The names of the alerts that only their own queries refer to. */
export const otherAlertNames = { overdue: 'CheckpointOverdue', rateLimit: 'RateLimitNearlyReached' } as const;

/** The parameters of the queries of session alerts. */
export interface AlertScope {
  /** How far back they look, in seconds: at least the export interval plus 5, so that one late export changes nothing. */
  readonly windowSeconds: number;
  readonly thresholds: Thresholds;
  /** Seconds between two evaluations. Default: 1. */
  readonly intervalSeconds?: number;
}

type Severity = keyof Thresholds;

/** The highest value of each session within a range. */
const highest = (name: string, range: string) => `max by (session_id) (max_over_time(${name}[${range}]))`;

/** The size of each session's window. */
const windowTokens = `max by (session_id) (last_over_time(${metric.window}[1m]))`;

/**
 * The last value of each session; for one that went silent, for a minute, so that an outage resolves no alert. MetricsQL's
 * `default_rollup` is a `last_over_time` that respects stale markers. The limit comes before the grouping, because most
 * sessions are below it and need no grouping.
 */
const last = (name: string, limit = '') => `max by (session_id) (default_rollup(${name}[1m])${limit})`;

/** How far back to look, so that crossings during an outage of the store or of vmalert still notify afterwards. */
export const outage = ({ windowSeconds }: AlertScope) => `${60 + windowSeconds}s`;

/**
 * An expression by session, for sessions that were at or above the warning threshold lately. Only their series are read, so
 * that a rule costs the same however many other sessions live.
 */
const ofHigh = (expr: string, scope: AlertScope) =>
  `max by (session_id) (last_over_time(${highUsage}[${outage(scope)}])) * 0 + on (session_id) (${expr})`;

/** Selects the series that vmalert writes for these alerts while they fire. */
const firing = (...names: readonly string[]) =>
  `ALERTS{alertname=${names.length > 1 ? '~' : ''}"${names.join('|')}", alertstate="firing"}`;

/** Sessions with such an alert. Stale markers make the end exact; the range bridges an outage. */
const alerting = (alerts: string, scope: AlertScope) =>
  `max by (session_id) (default_rollup(${alerts}[${outage(scope)}]))`;

/** vmalert waits 10 s for an Alertmanager that hangs before it counts an error, and its metrics are read every 5 s. */
const errorDelaySeconds = 15;

/**
 * Sessions that crossed a threshold recently. A crossing counts until its alert has fired for `windowSeconds`. A crossing since
 * shortly before vmalert failed to reach Alertmanager counts longer, because its alert may not have been sent. The last change
 * of a counter is its last crossing, unless a new process reset it to 0.
 */
function crossed(severity: Severity, scope: AlertScope): string {
  const counter = `${crossings[severity]}[${outage(scope)}]`;
  const { critical, warning } = alertNames;
  const alerts = severity === 'critical' ? firing(critical) : firing(critical, warning);
  const risen = ofHigh(
    `max by (session_id) (rate(${counter}) > 0) unless max by (session_id) (last_over_time(${counter})) == 0`,
    scope,
  );
  const firedAt = `max by (session_id) (tlast_over_time(${alerts}[${outage(scope)}]))`;
  const firstError = `tfirst_over_time((rate(${sendErrors}[10s]) > 0)[1m:5s])`;
  const sentUntil = `scalar(min(vector(time() - ${scope.windowSeconds}) or ${firstError} - ${errorDelaySeconds}))`;
  const crossedAt = `max by (session_id) (tlast_change_over_time(${counter}) <= ${sentUntil})`;
  return `((${risen}) unless (${firedAt} >= ${crossedAt}))`;
}

/**
 * The tokens with which sessions reached a threshold, so that an alert's percentage, tokens and threshold are of one moment:
 * the most of the last `windowSeconds` if they reached it, otherwise the most since the beginning of a possible outage.
 * Senders without the metric of the peak have the tokens themselves.
 */
function reachedTokens(severity: Severity, scope: AlertScope): string {
  const most = (range: string) => `(${highest(metric.peakTokens, range)} or ${highest(tokens, range)})`;
  const limit = `${windowTokens} * ${scope.thresholds[severity].percent} / 100`;
  return `(${most(`${scope.windowSeconds}s`)} >= on (session_id) (${limit}) or ${most(outage(scope))})`;
}

/** The usage with which sessions reached a threshold; from the usage alone where the tokens or the window are unknown. */
function reachedPercent(severity: Severity, scope: AlertScope): string {
  const { percent } = scope.thresholds[severity];
  const byTokens = `100 * ${reachedTokens(severity, scope)} / on (session_id) ${windowTokens}`;
  const recent = `${highest(usage, `${scope.windowSeconds}s`)} >= ${percent}`;
  return `(${byTokens} or (${recent}) or ${highest(usage, outage(scope))}) >= ${percent}`;
}

/**
 * Sessions that reached a threshold recently, even if they are below it by now.
 *
 * The counter keeps a spike that came and went between two exports or evaluations, and the metric of the peak its height. A
 * crossing that was over when its report arrived, such as one in an old transcript, has no peak: it counts, and nobody is
 * notified. The query uses `rate` because `increase` counts an unchanged counter again after a gap in the telemetry, such as a
 * laptop's sleep.
 */
export function thresholdReached({
  severity,
  ...scope
}: AlertScope & { readonly severity: Severity }): Query {
  const reached = `${reachedExpr(severity, scope)} or on (session_id) (${fallen(severity, scope)})`;
  const alert = alertNames[severity];
  const expr = severity === 'critical' ? reached : unlessCritical(reached, alert, scope);
  return {
    name: `${severity}-reached`,
    expr: heldWhileBlind(expr, { alert, lastValue: lastOf(usage) }),
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: `Sessions that reached the ${severity} threshold within the last ${scope.windowSeconds} seconds.`,
  };
}

/**
 * Sessions that just fell below a threshold while its alert fires, for an evaluation or two, with the usage that they fell
 * from: so the alert's text has the usage that they fell to when it resolves.
 */
function fallen(severity: Severity, scope: AlertScope): string {
  const { windowSeconds, intervalSeconds = 1 } = scope;
  const range = `${windowSeconds}s`;
  const before = `${highest(usage, range)} >= ${scope.thresholds[severity].percent}`;
  const fellAt = `max by (session_id) (tlast_change_over_time(${usage}[${range}]))`;
  const justFell = `${fellAt} >= time() - ${intervalSeconds + 1}`;
  // A sum, because VictoriaMetrics would evaluate the right side of `and` first, for all sessions.
  return `${alerting(firing(alertNames[severity]), scope)} * 0 + on (session_id) (${before}) + on (session_id) 0 * (${justFell})`;
}

function reachedExpr(severity: Severity, scope: AlertScope): string {
  const full = last(highUsage, ` >= ${scope.thresholds[severity].percent}`);
  return `(${crossed(severity, scope)} or ${full}) * 0 + on (session_id) (${reachedPercent(severity, scope)})`;
}

/**
 * The lesser alert's query, minus sessions where a more severe alert started first. Once the lesser alert fires, only its own query
 * counts, so that a notification follows when it resolves.
 *
 * Alertmanager's inhibition cannot do this: it also holds back the resolved notification, and it sends an alert that started
 * during the more severe one as soon as that one resolves.
 */
function unlessSevererFirst(severer: string, expr: string, name: string, scope: AlertScope): string {
  const started = alerting(firing(name), scope);
  return `max by (session_id) (${expr}) unless ((${severer}) unless ${started})`;
}

/** The session's own metrics come first: vmalert's series can be read only seconds later. */
function unlessCritical(expr: string, name: string, scope: AlertScope): string {
  const critical = [reachedExpr('critical', scope), alerting(firing(alertNames.critical), scope)];
  return unlessSevererFirst(critical.join(' or '), expr, name, scope);
}

/** Sessions that reached a share of the tokens at which they are compacted. */
export function compactionNear({ percent, ...scope }: AlertScope & { readonly percent: number }): Query {
  const alert = alertNames.compaction;
  const point = lastOf(metric.compaction);
  const near = unlessCritical(last(metric.compactionUsage, ` >= ${percent}`), alert, scope);
  return {
    name: 'compaction-near',
    expr: heldWhileBlind(near, {
      alert,
      lastValue: (range) => `${lastOf(tokens)(range)} / ${point(range)} * 100`,
    }),
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: `Sessions that reached ${percent} % of the tokens at which they are compacted automatically.`,
  };
}

/** Sessions this many percentage points above their lowest usage of 5 minutes: none right after a checkpoint. */
const gained = (points: number) =>
  `max by (session_id) (${usage} - min_over_time(${usage}[5m]) >= ${points})`;
/** Too few turns for a pace, such as a single large answer. */
const fewTurns = `max by (session_id) (changes(${usage}[5m])) < 4`;

/** The last result of an expression that is evaluated every 15 s. */
const lastResult = (expr: string) => (range: string) => `last_over_time((${expr})[${range}:15s])`;

/** Sessions whose usage rose by `points` percentage points within 5 minutes, over several turns, before any warning. */
export function fillingFast({ points, ...scope }: AlertScope & { readonly points: number }): Query {
  const alert = alertNames.fast;
  const warned = alerting('ALERTS{session_id!="", severity=~"critical|warning"}', scope);
  const fast = unlessSevererFirst(warned, `${gained(points)} unless ${fewTurns}`, alert, scope);
  return {
    name: 'filling-fast',
    expr: heldWhileBlind(fast, { alert, lastValue: lastResult(gained(points)) }),
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: `Sessions whose usage rose by ${points} percentage points within 5 minutes.`,
  };
}

/**
 * Sessions that are full within `minutes` at the pace of the last 5 minutes. Those that rose by less than `points` have no
 * pace. The rise comes first, so that the pace, which costs most, is computed only for sessions that rose.
 */
export function fullSoon({
  minutes,
  points,
  ...scope
}: AlertScope & { readonly minutes: number; readonly points: number }): Query {
  const alert = alertNames.fullSoon;
  const soon = `${gained(points)} * 0 + on (session_id) (${secondsToFull({}).expr} / 60 <= ${minutes})`;
  return {
    name: 'full-soon',
    expr: heldWhileBlind(unlessCritical(soon, alert, scope), { alert, lastValue: lastResult(soon) }),
    unit: 'm',
    legend: '{{session_id}}',
    meaning: `Sessions that are full within ${minutes} minutes at the pace of the last 5 minutes.`,
  };
}

/** Active sessions at or above the critical threshold, without a checkpoint in the last minute. */
export function checkpointMissing({ critical }: Thresholds): Query {
  const full = `max by (session_id) (last_over_time(${usage}[30s]) >= ${critical.percent})`;
  const saved = `max by (session_id) (rate(${metric.checkpoints}[1m])) > 0`;
  const idle = `time() - max by (session_id) (${metric.lastActivity}) >= 300`;
  return {
    name: 'checkpoint-missing',
    expr: heldWhileBlind(`${full} unless ${saved} unless ${idle}`, {
      alert: otherAlertNames.overdue,
      lastValue: lastOf(usage),
    }),
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: 'Active sessions at or above the critical threshold, without a checkpoint.',
  };
}

/** Rate limits of each account that are used up to a share. */
export function rateLimitNear({ percent }: { readonly percent: number }): Query {
  const used = (range: string) => `max by (window, account) (last_over_time(${metric.rateLimit}[${range}]))`;
  return {
    name: 'rate-limit-near',
    expr: heldWhileBlind(`${used('1m')} >= ${percent}`, {
      alert: otherAlertNames.rateLimit,
      by: 'window, account',
      lastValue: used,
    }),
    unit: 'percent',
    legend: '{{window}} {{account}}',
    meaning: `Rate limits of which ${percent} % are used.`,
  };
}

/** The size that an alert's text compares the tokens with: the window, or the compaction point. */
export type Whole = 'window' | 'compaction';

/** The alert that the details are for. */
export interface Details {
  readonly whole: Whole;
  /** The threshold that the alert is about: the text has the tokens that reached it. Default: the current tokens. */
  readonly reached?: Severity | undefined;
}

/**
 * The labels that {@link withDetails} adds to a session's alert for its text. They change while an alert fires, so they must not
 * become labels of the alert. Each is absent if it is unknown.
 */
export const detailLabels = [
  /** The session's label: its name, else its project, else absent. */
  'session',
  /** Tokens used. */
  'tokens',
  /** The tokens that they are compared with. */
  'whole',
  /** Tokens left, in thousands where there are as many. */
  'left',
  /** Minutes until the window is full, at the current pace; absent above an hour. */
  'minutes',
  /** The usage in percent, if it is below the threshold by now. */
  'now',
  /** How the size of the window is known. */
  'window_source',
] as const;

/**
 * Adds the {@link detailLabels} to an alert's query. If the text queried them, that would be one query for each alert at each
 * evaluation, which took vmalert seconds for 10,000 sessions.
 */
export function withDetails(expr: string, { whole, reached }: Details, scope: AlertScope): string {
  const lastValue = lastOf(whole === 'window' ? usage : tokens);
  const one = `${lastValue('1m')} >= bool 0`;
  const fired = `max by (session_id) (default_rollup(ALERTS{session_id!="", alertstate="firing"}[6h]))`;
  const held = `(${lastValue('6h')} >= bool 0 and on (session_id) ${fired}) and on () (${mayBeBlind})`;
  const used = reached === undefined ? last(tokens) : reachedTokens(reached, scope);
  const size = `max by (session_id) (last_over_time(${metric[whole]}[1m]))`;
  const left = `clamp_min(${size} - on (session_id) ${used}, 0)`;
  const minutes = `clamp_min(round(${secondsToFull({}).expr} / 60), 1) <= 60`;
  const known = [
    asLabel('tokens', used),
    `on (session_id) group_left (whole) ${asLabel('whole', size)}`,
    `on (session_id) group_left (left) ${asLabel('left', `round(${left}, 1000)`)}`,
  ].join(' * ');
  const details = [
    `((${known}) or on (session_id) ${one})`,
    optional('minutes', minutes, one),
    ...(reached === undefined
      ? []
      : [optional('now', `round(${last(usage, ` < ${scope.thresholds[reached].percent}`)})`, one)]),
    `on (session_id) group_left (window_source) (topk by (session_id) (1, ${metric.info}) or on (session_id) ${one})`,
    `on (session_id) group_left (session) (0 * ${labelOfInfos('1m')} + 1 or on (session_id) ${one})`,
  ].join(' * ');
  return `(${expr}) * on (session_id) group_left (${detailLabels.join(', ')}) (${details} or on (session_id) ${one} or on (session_id) ${held})`;
}

const asLabel = (label: string, value: string) => `count_values by (session_id) ("${label}", ${value})`;

const optional = (label: string, value: string, one: string) =>
  `on (session_id) group_left (${label}) (${asLabel(label, value)} or on (session_id) ${one})`;
