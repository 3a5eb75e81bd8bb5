import { receiverMetrics, sessionMetrics } from '#metrics';
import { thresholds } from '#thresholds';

const info = receiverMetrics.sessionInfo.name;

/** Rows of a table of sessions: more than anybody reads, and what a browser still draws. */
const mostRows = 200;

/**
 * The value of each live session now, replicas counted once.
 *
 * The bare selector drops a session at its end marker, `last_over_time` one that fell silent without it.
 */
export function live(metric: string, by = 'session_id'): string {
  return `max by (${by}) (${metric} and last_over_time(${metric}[30s]))`;
}

/** A value of the fullest sessions only, so that ten thousand of them don't stop a browser. */
export function ofFullest(expr: string): string {
  const fullest = `topk(${mostRows}, ${live(sessionMetrics.contextUsagePercent.name)})`;
  return `${expr} and on (session_id) ${fullest}`;
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
 */
export function named(expr: string, lookup: NameLookup = {}): string {
  const nameMatcher = 'session_name!=""';
  const matchers = lookup.matchers ? `${lookup.matchers}, ${nameMatcher}` : nameMatcher;
  const names = newestInfo({ ...lookup, matchers });
  const joined = `(${expr}) + on (session_id) group_left (session_name) (0 * ${names}) or on (session_id) (${expr})`;
  return labelled(joined, [
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

/** A share of the window, with what it means as the label `state`. */
export function withState(expr: string): string {
  const state = (text: string, condition = '') =>
    `label_replace(${expr}${condition}, "state", "${text}", "", "")`;
  const { warning, critical } = thresholds;
  return [
    state('CRITICAL', ` >= ${critical.percent}`),
    state('WARNING', ` >= ${warning.percent}`),
    state('OK'),
  ].join(' or on (session_id) ');
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
  const usage = `${sessionMetrics.contextUsagePercent.name}${selector}`;
  const gained = `sum_over_time(clamp_min(delta(${usage}[10s]), 0)[5m:10s])`;
  const pace = `max by (session_id) ((${gained} / 300 > 0) and changes(${usage}[5m]) >= 4)`;
  return `clamp_min(100 - max by (session_id) (${usage}), 0) / ${pace}`;
}
