import { blind } from './blind.ts';
import { metric } from './names.ts';
import { queryTable } from './query.ts';

const { activeSessions, sendErrors } = metric;
const lost = '_(metric_points|log_records)_total';
const failed = (matcher: string) =>
  `sum by (receiver_name, integration) (rate(alertmanager_notifications_failed_total{${matcher}}[5m])) > 0`;
/** The inbox fails while the receiver is away, and that has its own alert. */
const wasBlind = 'last_over_time(ALERTS{alertname="CtxdBlind"}[6m])';
const errors = (offset = '') => `sum(rate(vmalert_execution_errors_total[1m]${offset})) > 0`;
const unsent = (offset = '') => `sum by (addr) (rate(${sendErrors}[1m]${offset})) > 0`;

/** Each reporter that reports now, whose label is missing where the sender has no instance id. */
const reporters = (range: string) => `max by (service_name, service_instance_id) (last_over_time(${range}))`;
/** Reporters that went silent without an end. */
const silent = `max by (service_name, service_instance_id) (${activeSessions}) unless ${reporters(`${activeSessions}[1m]`)}`;
/** Reporters that are new, such as the one in the place of one that crashed. */
const begun = `${reporters(`${activeSessions}[1m]`)} unless ${reporters(`${activeSessions}[1m] offset 6m`)}`;

/** Problems of the parts themselves, by their own metrics. */
export const bundleQueries = queryTable({
  telemetryAbsent: {
    expr: `absent_over_time(${activeSessions}{service_name="ctxd-receiver"}[6h]) or max by (service_name) ((${silent}) unless on (service_name) (${begun})) unless on () (${blind})`,
    legend: '{{service_name}}',
    meaning:
      'Servers that went silent without ending their series while the stack sees, and the receiver if it never reported.',
  },
  blind: {
    expr: blind,
    unit: 's',
    meaning: 'Seconds since the receiver or the collector was last heard of, if that is too long ago.',
  },
  collectorLoses: {
    expr: `sum by (receiver, exporter) (rate({__name__=~"otelcol_(receiver_(refused|failed)|exporter_(send|enqueue)_failed)${lost}"}[5m])) > 0`,
    unit: 'cps',
    legend: '{{receiver}}{{exporter}}',
    meaning: 'Data points and log records per second that the collector refused or dropped.',
  },
  queueUsed: {
    expr: 'max by (exporter) (otelcol_exporter_queue_size / otelcol_exporter_queue_capacity) * 100',
    unit: 'percent',
    legend: '{{exporter}}',
    meaning: 'Share of each of the collector’s queues that is in use.',
  },
  storageReadOnly: {
    // A read-only store cannot store that it is read-only: its own series go stale.
    expr: 'max(vm_storage_is_read_only) > 0 or absent_over_time(vm_storage_is_read_only[1m])',
    meaning: 'Whether VictoriaMetrics stopped storing.',
  },
  diskLeft: {
    expr: 'min(vm_free_disk_space_bytes - vm_free_disk_space_limit_bytes)',
    unit: 'bytes',
    meaning: 'Bytes of disk left until VictoriaMetrics stops storing.',
  },
  seriesLimitUsed: {
    expr: 'max(vm_hourly_series_limit_current_series / (vm_hourly_series_limit_max_series > 0) or vm_daily_series_limit_current_series / (vm_daily_series_limit_max_series > 0)) * 100',
    unit: 'percent',
    meaning: 'Share of VictoriaMetrics’ limit on new series that is in use, if it has one.',
  },
  sessionsDropped: {
    expr: `sum by (service_name) (increase(${metric.sessionsEvicted}[5m])) > 0`,
    legend: '{{service_name}}',
    meaning: 'Live sessions dropped in the last 5 minutes because the cap on sessions was reached.',
  },
  rulesFail: {
    // Errors of two minutes in a row, because each outage of VictoriaMetrics leaves some behind, and that has its own alert.
    expr: `${errors()} and ${errors(' offset 1m')} or (max(vmalert_config_last_reload_successful) == 0)`,
    unit: 'cps',
    meaning: 'Rule evaluations per second that fail; 0 if new rules were refused.',
  },
  notificationsFail: {
    // Alertmanager retries before it counts a failure. vmalert does not: it counts a restart of Alertmanager, too.
    expr: `${failed('receiver_name!~"inbox|watchdog"')} or ${failed('receiver_name=~"inbox|watchdog"')} unless on () ${wasBlind} or ${unsent()} and ${unsent(' offset 1m')}`,
    unit: 'cps',
    legend: '{{receiver_name}}{{addr}}',
    meaning: 'Notifications per second that could not be delivered.',
  },
  always: {
    expr: 'vector(1)',
    meaning: 'Always 1: as long as its alert arrives, so do the others.',
  },
});
