import { processMetrics, receiverMetrics, sessionMetrics } from '#metrics';
import { thresholds } from '#thresholds';
import type { Query } from './query.ts';
import { secondsToFull } from './terminal.ts';

export type { Query };

const usage = sessionMetrics.contextUsagePercent.name;
const tokens = sessionMetrics.contextTokens.name;
const crossings = { warning: sessionMetrics.threshold70.name, critical: sessionMetrics.threshold90.name };

/** vmalert's own count of what it could not send to Alertmanager. */
const sendErrors = 'vmalert_alerts_send_errors_total';

/** How far back the session alerts look: at least the export interval and 5 s, so that one late export changes nothing. */
export interface Hold {
  readonly windowSeconds: number;
}

/** The highest value lately; of a session that fell silent the last one, for a minute. */
const peak = (metric: string, windowSeconds: number) =>
  `max by (session_id) (max_over_time(${metric}[${windowSeconds}s]) or default_rollup(${metric}[1m]))`;
/**
 * The last value of sessions; of one that fell silent for a minute, so that an outage ends no alert. MetricsQL's
 * `default_rollup` is `last_over_time` that knows of an end. A limit comes before the grouping: most sessions are below it,
 * and need not be grouped.
 */
const last = (metric: string, limit = '') => `max by (session_id) (default_rollup(${metric}[1m])${limit})`;

/** The alerts that are asked for by name. */
export const alertNames = {
  critical: 'ContextWindowCritical',
  warning: 'ContextWindowWarning',
  compaction: 'ContextCompactionImminent',
  fullSoon: 'ContextFullSoon',
  fast: 'ContextFillingFast',
} as const;

/** So far back lies what is told once it can be: after an outage of the store or of vmalert. */
const outage = ({ windowSeconds }: Hold) => `${60 + windowSeconds}s`;

/** Sessions with such alerts, as vmalert wrote them down: the end is exact, by its mark; the range bridges an outage. */
const alerting = (matchers: string, hold: Hold) =>
  `max by (session_id) (default_rollup(ALERTS{${matchers}}[${outage(hold)}]))`;

/**
 * Sessions that crossed a threshold lately; those, too, that crossed it while nobody could look, until their alert was there,
 * and while Alertmanager is away. A counter's last change is its last crossing, unless a new process set it to 0.
 */
function crossed(severity: keyof typeof thresholds, hold: Hold): string {
  const counter = `${crossings[severity]}[${outage(hold)}]`;
  const names =
    severity === 'critical' ? alertNames.critical : `${alertNames.critical}|${alertNames.warning}`;
  const risen = `max by (session_id) (rate(${counter}) > 0) unless max by (session_id) (last_over_time(${counter})) == 0`;
  const toldAt = `max by (session_id) (tlast_over_time(ALERTS{alertname=~"${names}", alertstate="firing"}[${outage(hold)}]))`;
  const heldFrom = `time() - ${hold.windowSeconds} - 60 * scalar(sum(rate(${sendErrors}[1m])) > bool 0 or vector(0))`;
  const crossedAt = `max by (session_id) (tlast_change_over_time(${counter}) <= ${heldFrom})`;
  return `((${risen}) unless (${toldAt} >= ${crossedAt}))`;
}

/** What asks whether a session reached a threshold within the last seconds. */
export interface ThresholdReached extends Hold {
  readonly severity: keyof typeof thresholds;
}

/**
 * Sessions that reached a threshold lately, whatever happened since: the alerts' question.
 *
 * The counter holds a spike that came and went between two exports or evaluations; it answers with the highest usage that
 * was seen, and with the threshold at least, which such a session reached. `rate` and not `increase`: it doesn't count an
 * unchanged counter again after a gap in the telemetry, such as a laptop's sleep. Each range over all sessions counts: at
 * 10,000 it takes 0.2 s, so the highest usage is asked for those alone that crossed.
 */
export function thresholdReached({ severity, windowSeconds }: ThresholdReached): Query {
  const reached = reachedExpr(severity, { windowSeconds });
  return {
    name: `${severity}-reached`,
    expr: severity === 'critical' ? reached : unlessCritical(reached, alertNames.warning, { windowSeconds }),
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: `Sessions that reached the ${severity} threshold within the last ${windowSeconds} seconds.`,
  };
}

function reachedExpr(severity: keyof typeof thresholds, hold: Hold): string {
  const { percent } = thresholds[severity];
  const highest = `clamp_min(${peak(usage, hold.windowSeconds)}, ${percent})`;
  const byCrossing = `${crossed(severity, hold)} * 0 + on (session_id) ${highest}`;
  return `${byCrossing} or ${last(usage, ` >= ${percent}`)}`;
}

/**
 * What a lesser alert asks, without the sessions in which something more severe was there first: there it does not begin.
 * Once it fires it goes on by its own question, so that what was told is told to be over, too.
 *
 * Alertmanager's inhibition cannot do that: it keeps back the end as well, and tells of what began under a more severe alert
 * at the moment at which that ends.
 */
function notBegunUnder(severer: string, expr: string, name: string, hold: Hold): string {
  const begun = alerting(`alertname="${name}", alertstate="firing"`, hold);
  return `max by (session_id) (${expr}) unless ((${severer}) unless ${begun})`;
}

/** The session's own figures come first: what vmalert writes can be read seconds later. */
function unlessCritical(expr: string, name: string, hold: Hold): string {
  const { percent } = thresholds.critical;
  const critical = [
    last(usage, ` >= ${percent}`),
    crossed('critical', hold),
    alerting(`alertname="${alertNames.critical}", alertstate="firing"`, hold),
  ];
  return notBegunUnder(critical.join(' or '), expr, name, hold);
}

/** Sessions that are within a share of the tokens at which they get compacted. */
export function compactionNear({ windowSeconds, percent }: Hold & { readonly percent: number }): Query {
  const point = `max by (session_id) (last_over_time(${receiverMetrics.compactionThreshold.name}[1m]))`;
  return {
    name: 'compaction-near',
    expr: unlessCritical(`${last(tokens)} / ${point} * 100 >= ${percent}`, alertNames.compaction, {
      windowSeconds,
    }),
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: `Sessions that reached ${percent} % of the tokens at which they are compacted automatically.`,
  };
}

/** Sessions so many percentage points above their lowest usage of 5 minutes: none right after a checkpoint, or where it only swings. */
const gained = (points: number) =>
  `max by (session_id) (${usage} - min_over_time(${usage}[5m]) >= ${points})`;
/** Hardly more than one turn: a single large answer is no pace. */
const fewTurns = `max by (session_id) (changes(${usage}[5m])) < 4`;

/** Sessions whose usage rose by so many percentage points within 5 minutes, over several turns, and that nothing warned of. */
export function fillingFast({ points, ...hold }: Hold & { readonly points: number }): Query {
  const warned = alerting('session_id!="", severity=~"critical|warning"', hold);
  return {
    name: 'filling-fast',
    expr: notBegunUnder(warned, `${gained(points)} unless ${fewTurns}`, alertNames.fast, hold),
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: `Sessions whose usage rose by ${points} percentage points within 5 minutes.`,
  };
}

/**
 * Sessions that are full within so many minutes at the pace of the last five; those that didn't rise by `points` have none.
 * What rose comes first, so that the pace, which costs most, is asked for that alone.
 */
export function fullSoon({
  minutes,
  points,
  ...hold
}: Hold & { readonly minutes: number; readonly points: number }): Query {
  const soon = `${gained(points)} * 0 + on (session_id) (${secondsToFull({}).expr} / 60 <= ${minutes})`;
  return {
    name: 'full-soon',
    expr: unlessCritical(soon, alertNames.fullSoon, hold),
    unit: 'm',
    legend: '{{session_id}}',
    meaning: `Sessions that are full within ${minutes} minutes at the pace of the last 5 minutes.`,
  };
}

/** Sessions at or above the critical threshold that are worked in, without a checkpoint in the last minute. */
export function checkpointMissing(): Query {
  const full = `max by (session_id) (last_over_time(${usage}[30s]) >= ${thresholds.critical.percent})`;
  const saved = `max by (session_id) (rate(${sessionMetrics.checkpoints.name}[1m])) > 0`;
  const idle = `time() - max by (session_id) (${sessionMetrics.lastActivity.name}) >= 300`;
  return {
    name: 'checkpoint-missing',
    expr: `${full} unless ${saved} unless ${idle}`,
    unit: 'percent',
    legend: '{{session_id}}',
    meaning: 'Sessions at or above the critical threshold that are worked in without a checkpoint.',
  };
}

/** Rate limits of the account that are used up to a share. */
export function rateLimitNear({ percent }: { readonly percent: number }): Query {
  return {
    name: 'rate-limit-near',
    expr: `max by (window) (last_over_time(${receiverMetrics.rateLimitUsed.name}[1m])) >= ${percent}`,
    unit: 'percent',
    legend: '{{window}}',
    meaning: `Rate limits of which ${percent} % are used.`,
  };
}

/** What the tokens in an alert's text are tokens of. */
export type Whole = 'window' | 'compaction';

/**
 * The labels that {@link withDetails} adds to a session's alert for its text, where they are known: how many tokens it uses,
 * of how many, and what it is called. They change while an alert fires, so they must not be labels of the alert.
 */
export const detailLabels = ['tokens', 'whole', 'session_name'] as const;

/**
 * An alert's question with what its text tells of the session. The values are asked for with the alert and not by its text,
 * which would be one query for each alert at each evaluation: 10,000 sessions took vmalert seconds.
 */
export function withDetails(
  expr: string,
  { windowSeconds, whole }: Hold & { readonly whole: Whole },
): string {
  const most = { window: sessionMetrics.windowTokens, compaction: receiverMetrics.compactionThreshold }[
    whole
  ];
  const asLabel = (label: string, value: string) => `count_values by (session_id) ("${label}", ${value})`;
  const one = `max by (session_id) (last_over_time(${whole === 'window' ? usage : tokens}[1m])) >= bool 0`;
  const name = `topk by (session_id) (1, ${receiverMetrics.sessionInfo.name}{session_name!=""})`;
  const details = [
    asLabel('tokens', peak(tokens, windowSeconds)),
    `on (session_id) group_left (whole) ${asLabel('whole', `max by (session_id) (last_over_time(${most.name}[1m]))`)}`,
    `on (session_id) group_left (session_name) (${name} or on (session_id) ${one})`,
  ].join(' * ');
  return `(${expr}) * on (session_id) group_left (${detailLabels.join(', ')}) (${details} or on (session_id) ${one})`;
}

const lost = '_(metric_points|log_records)_total';

const unsent = (offset = '') => `sum by (addr) (rate(${sendErrors}[1m]${offset})) > 0`;

/** What goes wrong with the parts themselves, by their own metrics. */
export const bundleQueries = {
  telemetryAbsent: {
    name: 'telemetry-absent',
    expr: `absent_over_time(${processMetrics.activeSessions.name}{service_name="ctxd-receiver"}[1m]) or (max by (service_name) (${processMetrics.activeSessions.name}) unless max by (service_name) (last_over_time(${processMetrics.activeSessions.name}[1m])))`,
    unit: 'short',
    legend: '{{service_name}}',
    meaning:
      'Senders of session metrics that fell silent without saying goodbye; the receiver whenever it is absent.',
  },
  collectorLoses: {
    name: 'collector-loses',
    expr: `sum by (receiver, exporter) (rate({__name__=~"otelcol_(receiver_(refused|failed)|exporter_(send|enqueue)_failed)${lost}"}[5m])) > 0`,
    unit: 'cps',
    legend: '{{receiver}}{{exporter}}',
    meaning: 'Data points and log records per second that the collector refused or dropped.',
  },
  queueUsed: {
    name: 'queue-used',
    expr: 'max by (exporter) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity) * 100',
    unit: 'percent',
    legend: '{{exporter}}',
    meaning: 'Share of each of the collector’s queues that is in use.',
  },
  storageReadOnly: {
    name: 'storage-read-only',
    // What is read-only cannot store that it is: its figures end.
    expr: 'max(vm_storage_is_read_only) > 0 or absent_over_time(vm_storage_is_read_only[1m])',
    unit: 'short',
    legend: '',
    meaning: 'Whether VictoriaMetrics stopped storing.',
  },
  diskLeft: {
    name: 'disk-left',
    expr: 'min(vm_free_disk_space_bytes - vm_free_disk_space_limit_bytes)',
    unit: 'bytes',
    legend: '',
    meaning: 'Bytes of disk until VictoriaMetrics stops storing.',
  },
  seriesLimitUsed: {
    name: 'series-limit-used',
    expr: 'max(vm_hourly_series_limit_current_series / (vm_hourly_series_limit_max_series > 0) or vm_daily_series_limit_current_series / (vm_daily_series_limit_max_series > 0)) * 100',
    unit: 'percent',
    legend: '',
    meaning: 'Share of VictoriaMetrics’ limit of new series that is in use, where it has one.',
  },
  rulesFail: {
    name: 'rules-fail',
    expr: 'sum(rate(vmalert_execution_errors_total[5m])) > 0 or (max(vmalert_config_last_reload_successful) == 0)',
    unit: 'cps',
    legend: '',
    meaning: 'Rule evaluations per second that fail; 0 where new rules were refused.',
  },
  notificationsFail: {
    name: 'notifications-fail',
    // Alertmanager tries again by itself before it counts; vmalert counts a restart of Alertmanager, too.
    expr: `sum by (receiver_name, integration) (rate(alertmanager_notifications_failed_total[5m])) > 0 or ${unsent()} and ${unsent(' offset 1m')}`,
    unit: 'cps',
    legend: '{{receiver_name}}{{addr}}',
    meaning: 'Notifications per second that could not be delivered.',
  },
  always: {
    name: 'always',
    expr: 'vector(1)',
    unit: 'short',
    legend: '',
    meaning: 'Always 1: as long as its alert arrives, so do the others.',
  },
} as const satisfies Record<string, Query>;
