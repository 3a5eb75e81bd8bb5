import type { Thresholds } from '#thresholds';
import { metric } from './names.ts';

const { usage, tokens, info } = metric;

/**
 * Rows of a table of sessions: more than anyone reads, and no more than VictoriaMetrics passes from one side of a join to
 * the other (`-search.maxBinaryOpPushdownLabelValues`), so that it reads only these sessions on the other side.
 */
const mostRows = 100;

/** The current value of each live session: the largest that its reporters have. */
export function live(name: string, by = 'session_id'): string {
  return `max by (${by}) (${unlessSilent(name)})`;
}

/**
 * What a session's reporters counted, by session. A checkpoint is recorded by one replica of a service, so replicas, and a
 * process and the one that replaced it, add up; another service that reports the session saw the same checkpoints.
 */
export function counted(expr: string): string {
  return `max by (session_id) (sum by (session_id, service_name) (${expr}))`;
}

/** The checkpoints of each live session, or what they saved. */
export function liveCount(name: string): string {
  return counted(unlessSilent(name));
}

/**
 * The newest value, unless the series ended or went stale.
 *
 * MetricsQL: `default_rollup` is a `last_over_time` that respects stale markers. PromQL's `m and last_over_time(m[30s])`
 * returns the same but takes twice the time.
 */
export function unlessSilent(name: string): string {
  return `default_rollup(${name}[30s])`;
}

/** The values of the fullest sessions only, so that ten thousand of them overload neither the store nor a browser. */
export function ofFullest(expr: string): string {
  return `${expr} and on (session_id) ${largest(mostRows, chosen(live(usage)))}`;
}

/** Limits an expression by session to the sessions that the board's filter chooses. */
export function chosen(expr: string): string {
  return `(${expr} \${of:raw})`;
}

/**
 * The largest values by session. The `1 *` is needed: VictoriaMetrics limits the other side of a join to these sessions only
 * if this side is not a bare aggregate.
 */
export function largest(count: number, expr: string): string {
  return `1 * topk(${count}, ${expr})`;
}

/** The last value of the selected sessions in the time range, whether they are still live or not. */
export function lastInRange(name: string, selector: string): string {
  return `max by (session_id) (last_over_time(${name}${selector}[$__range]))`;
}

/** The checkpoints of the selected sessions in the time range, or what they saved. */
export function growthInRange(name: string, selector: string): string {
  return counted(`increase(${name}${selector}[$__range])`);
}

/** The crossings of the selected sessions in the time range: every reporter of a session sees each of them. */
export function crossingsInRange(name: string, selector: string): string {
  return `max by (session_id) (increase(${name}${selector}[$__range]))`;
}

/** Where to look for session names. */
export interface NameLookup {
  /** How far back from the end of the time range; default 5 minutes. */
  readonly during?: string;
  /** Label matchers of the info series; default none. */
  readonly matchers?: string;
}

/**
 * The newest description of each session, one series each. Its value is a timestamp and has no other meaning.
 *
 * MetricsQL: `tlast_over_time` finds the newer of two names; PromQL has no function for that.
 */
export function newestInfo({ during = '5m', matchers = '' }: NameLookup = {}): string {
  return `topk by (session_id) (1, tlast_over_time(${info}{${matchers}}[${during}] @ end()))`;
}

/**
 * Adds the label `session` to an expression by session: the session's newest name, or else its id. A UUID is cut to its first
 * eight digits.
 *
 * The expression comes first and only once, so that VictoriaMetrics reads the names of its sessions alone.
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

/**
 * The label of each session that has a name or a project, as the label `session`: its name, else its project. Where two would
 * look alike, the first four characters of the id follow: `shop (6666)`. The same as `sessionLabels`, which the terminal uses.
 *
 * Sharing is decided with sessions of the last `during`.
 */
export function labelOfInfos(during: string): string {
  const infos = `topk by (session_id) (1, tlast_over_time(${info}{session_name!=""}[${during}]) or tlast_over_time(${info}{project!=""}[${during}]))`;
  const base = labelled(infos, [
    ['project', '(.+)'],
    ['session_name', '(.+)'],
  ]);
  const shared = `count by (session) (${base}) > 1`;
  const start = `label_replace(${base} and on (session) (${shared}), "start", "($1)", "session_id", "(.{1,4}).*")`;
  return `(${base} unless on (session) (${shared}) or label_join(${start}, "session", " ", "session", "start"))`;
}

function labelled(expr: string, sources: readonly (readonly [label: string, pattern: string])[]): string {
  return sources.reduce(
    (inner, [label, pattern]) => `label_replace(${inner}, "session", "$1", "${label}", "${pattern}")`,
    expr,
  );
}

/** Turns a share of the window into a state: 0 below the warning threshold, 1 from it on, 2 from the critical one on. */
export function stateOf(expr: string, { warning, critical }: Thresholds): string {
  return `(${expr} >= bool ${warning.percent}) + (${expr} >= bool ${critical.percent})`;
}

/**
 * What a value gained within the last 5 minutes. What a checkpoint removed is not subtracted.
 *
 * MetricsQL: `ascent_over_time` adds up the rises from one sample to the next. In PromQL that takes a subquery, and those fail
 * over time ranges of more than 12 days.
 */
const gained = (name: string) => `ascent_over_time(${name}[5m])`;

/** Tokens added per minute over the last 5 minutes. */
export function tokensPerMinute(selector: string): string {
  return `max by (session_id) (${gained(`${tokens}${selector}`)} / 5)`;
}

/**
 * Seconds until the window is full at the pace of the last 5 minutes. A session whose usage changed fewer than four times in
 * them has no pace.
 */
export function secondsToFullOf(selector: string): string {
  const percent = `${usage}${selector}`;
  const pace = `max by (session_id) ((${gained(percent)} / 300 > 0) and changes(${percent}[5m]) >= 4)`;
  return `clamp_min(100 - max by (session_id) (${percent}), 0) / ${pace}`;
}

const highest = `max by (session_id) (max_over_time(${usage}[$__range]))`;

/** The highest usage of each session of the time range, plus 1,000 for those that are live at its end. */
export const liveFirst = `topk(500, (1000 + ${highest} and on (session_id) ${live(usage)}) or on (session_id) ${highest})`;
