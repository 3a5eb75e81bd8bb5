import { receiverMetrics, sessionMetrics } from '#metrics';
import { thresholds } from '#thresholds';

const info = receiverMetrics.sessionInfo.name;
const usage = sessionMetrics.contextUsagePercent.name;

/**
 * Rows of a table of sessions: more than anybody reads. No more than VictoriaMetrics hands on from one side of a join to the other
 * (`-search.maxBinaryOpPushdownLabelValues`), so that it reads the other side for these sessions alone.
 */
const mostRows = 100;

/** The value of each live session now, replicas counted once. */
export function live(metric: string, by = 'session_id'): string {
  return `max by (${by}) (${unlessSilent(metric)})`;
}

/**
 * The newest value unless its series ended or fell silent.
 *
 * MetricsQL: `default_rollup` is `last_over_time` that knows of an end marker. PromQL's `m and last_over_time(m[30s])` answers the same, in
 * twice the time.
 */
export function unlessSilent(metric: string): string {
  return `default_rollup(${metric}[30s])`;
}

/** A value of the fullest sessions only, so that ten thousand of them stop neither the store nor a browser. */
export function ofFullest(expr: string): string {
  return `${expr} and on (session_id) ${largest(mostRows, live(usage))}`;
}

/**
 * The largest values by session. Multiplied, since VictoriaMetrics reads the other side of a join for these sessions alone only where
 * this side is no bare aggregate.
 */
export function largest(count: number, expr: string): string {
  return `1 * topk(${count}, ${expr})`;
}

/** The last value of the selected sessions in the time range, whether they live or not. */
export function lastInRange(metric: string, selector: string): string {
  return `max by (session_id) (last_over_time(${metric}${selector}[$__range]))`;
}

/** By how much a counter of the selected sessions grew in the time range. */
export function growthInRange(metric: string, selector: string): string {
  return `max by (session_id) (increase(${metric}${selector}[$__range]))`;
}

/** Where names are looked for. */
export interface NameLookup {
  /** How far back from the end of the time range; default 5 minutes. */
  readonly during?: string;
  /** Label matchers of the info series; default none. */
  readonly matchers?: string;
}

/**
 * The newest description of each session, one series each; its value is a time and means nothing.
 *
 * MetricsQL: `tlast_over_time` tells which of two names is the newer one; PromQL has nothing that does.
 */
export function newestInfo({ during = '5m', matchers = '' }: NameLookup = {}): string {
  return `topk by (session_id) (1, tlast_over_time(${info}{${matchers}}[${during}] @ end()))`;
}

/**
 * An expression by session, with what to call the session as its label `session`: its newest name, or else its id, of which a
 * UUID's first eight digits are enough.
 *
 * The expression comes first and once: VictoriaMetrics then reads the names of its sessions alone.
 */
export function named(expr: string, { during = '5m', matchers = '' }: NameLookup = {}): string {
  const names = newestInfo({ during, matchers: [matchers, 'session_name!=""'].filter(Boolean).join(', ') });
  const nameless = `max by (session_id) (last_over_time(${usage}{${matchers}}[${during}] @ end()))`;
  const sessions = `0 * ${names} or on (session_id) 0 * ${nameless}`;
  return labelled(`(${expr}) + on (session_id) group_left (session_name) (${sessions})`, [
    ['session_id', '(.{1,24}).*'],
    ['session_id', '([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
    ['session_name', '(.+)'],
  ]);
}

function labelled(expr: string, sources: readonly (readonly [label: string, pattern: string])[]): string {
  return sources.reduce(
    (inner, [label, pattern]) => `label_replace(${inner}, "session", "$1", "${label}", "${pattern}")`,
    expr,
  );
}

/** An expression by session, with the state that each live session is in now as its label `state`. */
export function withState(expr: string): string {
  const { warning, critical } = thresholds;
  const state = (text: string, condition = '') =>
    `label_replace(${live(usage)}${condition}, "state", "${text}", "", "")`;
  const states = [
    state('CRITICAL', ` >= ${critical.percent}`),
    state('WARNING', ` >= ${warning.percent}`),
    state('OK'),
  ];
  return `${expr} + on (session_id) group_left (state) (0 * (${states.join(' or on (session_id) ')}))`;
}

/** A share of the window as a number: 0 below the warning threshold, 1 from it on, 2 from the critical one on. */
export function stateOf(expr: string): string {
  const { warning, critical } = thresholds;
  return `(${expr} >= bool ${warning.percent}) + (${expr} >= bool ${critical.percent})`;
}

/** Tokens that came in per minute over the last 5 minutes; a checkpoint's fall takes nothing away. */
export function tokensPerMinute(selector: string): string {
  const gained = `clamp_min(delta(${sessionMetrics.contextTokens.name}${selector}[10s]), 0)`;
  return `max by (session_id) (sum_over_time(${gained}[5m:10s]) / 5)`;
}

/**
 * Seconds until the window is full at the pace of the last 5 minutes. A session that reported other figures fewer than four
 * times within them has no pace.
 */
export function secondsToFullOf(selector: string): string {
  const percent = `${usage}${selector}`;
  const gained = `sum_over_time(clamp_min(delta(${percent}[10s]), 0)[5m:10s])`;
  const pace = `max by (session_id) ((${gained} / 300 > 0) and changes(${percent}[5m]) >= 4)`;
  return `clamp_min(100 - max by (session_id) (${percent}), 0) / ${pace}`;
}
