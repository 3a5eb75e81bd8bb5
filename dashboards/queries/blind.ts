import { metric } from './names.ts';

/** How long the stack may be blind before alerts resolve nevertheless. */
const longest = '6h';
/** The receiver exports every second, the collector every 5 s. */
const silentSeconds = 15;

const receivers = `${metric.activeSessions}{service_name="ctxd-receiver"}`;
/** Samples that arrive as long as their part and everything behind it works. */
const heartbeats = [receivers, 'otelcol_process_uptime_seconds_total'];

/**
 * Seconds since any receiver or the collector was last heard of; returns nothing while both are heard of, or if a part never
 * ran. The time of the newest sample counts, so that what was queued during an outage does not pass for news. VictoriaMetrics
 * evaluates the right side of `and` first, so that hours are read only if something is silent.
 */
export const blind = heartbeats
  .map(
    (beat) =>
      `(time() - max(tlast_over_time(${beat}[${longest}])) > ${silentSeconds}) and on () absent_over_time(${beat}[${silentSeconds}s])`,
  )
  .join(' or ');

/**
 * Whether a receiver of the last hour went silent without an end, while others report: its sessions are held, the others are not.
 */
const partlyBlind = `count(default_rollup(${receivers}[1h])) > count(default_rollup(${receivers}[${silentSeconds}s]))`;

/** Whether some sessions may live and not be heard of. */
export const mayBeBlind = `${blind} or ${partlyBlind}`;

/** What {@link heldWhileBlind} adds to the query of an alert. */
export interface Hold {
  /** The alert's name. */
  readonly alert: string;
  /** The label that tells its alerts apart. Default: `session_id`. */
  readonly by?: 'session_id' | 'window, account';
  /** What is reported while the alert is held: a function of the time range to look back. */
  readonly lastValue: (range: string) => string;
}

/**
 * Newer values of a session, which count although a heartbeat is missing: one receiver or collector is not the only one. Values
 * that do not change are sent every 15 s.
 */
const fresh = `max by (session_id) (default_rollup(${metric.usage}[30s]))`;

/**
 * The query of an alert, plus whatever fires while the stack is blind: silence is not an all-clear. A session of which newer
 * values arrive is not held. VictoriaMetrics evaluates the right side of `and` first, so that this costs nothing while the
 * stack sees.
 */
export function heldWhileBlind(expr: string, { alert, by = 'session_id', lastValue }: Hold): string {
  const firing = `max by (${by}) (default_rollup(ALERTS{alertname="${alert}", alertstate="firing"}[${longest}]))`;
  const silent = by === 'session_id' ? ` unless on (session_id) ${fresh}` : '';
  const held = `(${lastValue(longest)} and on (${by}) ${firing}${silent}) and on () (${mayBeBlind})`;
  return `(${expr}) or on (${by}) ${held}`;
}

/** The last value of each session, for {@link Hold.lastValue}. */
export const lastOf = (name: string) => (range: string) =>
  `max by (session_id) (last_over_time(${name}[${range}]))`;
