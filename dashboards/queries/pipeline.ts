import { metric } from './names.ts';
import { queryTable } from './query.ts';

const { activeSessions, requestDuration, embeddingTokens } = metric;
const perMinute = (selector: string, by = '') =>
  `sum${by && ` by (${by})`} (rate(${selector}[$__rate_interval])) * 60`;
/** For counters that only exist once something has gone wrong. */
const perMinuteOrNone = (selector: string) => `(${perMinute(selector)} or vector(0))`;
const answering = (part: string, name: string) =>
  `label_replace(count(last_over_time(${name}[30s])) > bool 0 or vector(0), "part", "${part}", "", "")`;

/** The queries of the Pipeline health dashboard, on the parts' own metrics. Rates are per minute. */
export const pipelineQueries = queryTable({
  partsUp: {
    expr: [
      // A part that was never up is left out on purpose.
      'max by (part) (label_replace(up and max_over_time(up[7d]) > 0, "part", "$1", "job", "(.+)"))',
      'label_replace(vector(1), "part", "victoriametrics", "", "")',
      answering('collector', 'otelcol_process_uptime_seconds_total'),
      answering('receiver', `${activeSessions}{service_name="ctxd-receiver"}`),
    ].join(' or '),
    legend: '{{part}}',
    meaning: 'Whether each part of the stack answers: 1 is up, 0 is down.',
  },
  newestSampleAge: {
    expr: `time() - max by (service_name) (tlast_over_time(${activeSessions}[1h]) and default_rollup(${activeSessions}[1h]))`,
    unit: 's',
    legend: '{{service_name}}',
    meaning:
      'Time since the newest sample of each server that reported within the last hour and did not end.',
  },
  queueFill: {
    expr: '100 * max by (exporter) (otelcol_exporter_queue_size) / max by (exporter) (otelcol_exporter_queue_capacity)',
    unit: 'percent',
    legend: '{{exporter}}',
    meaning: 'Share of its queue that each of the collector’s exporters uses.',
  },
  pointsAccepted: {
    expr: perMinute('otelcol_receiver_accepted_metric_points_total'),
    legend: 'accepted by the collector',
    meaning: 'Data points per minute that the collector accepted.',
  },
  pointsSent: {
    expr: perMinute('otelcol_exporter_sent_metric_points_total'),
    legend: 'delivered to the store',
    meaning: 'Data points per minute that the collector delivered.',
  },
  pointsRefused: {
    expr: perMinuteOrNone(
      '{__name__=~"otelcol_receiver_(refused|failed)_(metric_points|log_records)_total"}',
    ),
    legend: 'refused by the collector',
    meaning: 'Data points and log records per minute that the collector refused.',
  },
  pointsUndelivered: {
    expr: perMinuteOrNone(
      '{__name__=~"otelcol_exporter_(send|enqueue)_failed_(metric_points|log_records)_total"}',
    ),
    legend: 'lost by the collector',
    meaning: 'Data points and log records per minute that the collector could not deliver.',
  },
  rowsDropped: {
    expr: perMinuteOrNone(
      '{__name__=~"vm_rows_ignored_total|vm_rows_invalid_total|vm_hourly_series_limit_rows_dropped_total"}',
    ),
    legend: 'dropped by the store',
    meaning: 'Samples per minute that VictoriaMetrics did not store.',
  },
  exportsFailed: {
    expr: perMinuteOrNone(metric.exportsFailed),
    legend: 'exports that failed',
    meaning: 'Exports of instrumented servers per minute that the collector did not accept, or not in time.',
  },
  reportsIgnored: {
    expr: perMinute(metric.ignored, 'source, reason'),
    legend: '{{source}}: {{reason}}',
    meaning: 'Reports per minute that the receiver ignored in whole or in part, by source and reason.',
  },
  evaluationSeconds: {
    expr: 'max by (group) (vmalert_iteration_duration_seconds{quantile="0.99"})',
    unit: 's',
    legend: '{{group}}',
    meaning: 'The longest time that 99 of 100 evaluations of each group of alert rules take.',
  },
  evaluationsMissed: {
    expr: perMinuteOrNone(
      '{__name__=~"vmalert_iteration_missed_total|vmalert_execution_errors_total|vmalert_alerting_rules_errors_total"}',
    ),
    legend: 'evaluations missed or failed',
    meaning: 'Evaluations of alert rules per minute that were missed or failed.',
  },
  alertsUnsent: {
    expr: perMinuteOrNone(metric.sendErrors),
    legend: 'not taken by Alertmanager',
    meaning: 'Alerts per minute that vmalert could not send to Alertmanager.',
  },
  notificationsFailed: {
    expr: perMinuteOrNone('alertmanager_notifications_failed_total'),
    legend: 'not delivered by Alertmanager',
    meaning: 'Notifications per minute that Alertmanager could not deliver.',
  },
  seriesNow: {
    expr: 'sum(vm_hourly_series_limit_current_series)',
    legend: 'series of this hour',
    meaning: 'Series that got a sample within the hour.',
  },
  seriesLimit: {
    expr: 'sum(vm_hourly_series_limit_max_series)',
    legend: 'limit',
    meaning: 'Series beyond this number are dropped.',
  },
  diskUsed: {
    expr: 'sum(vm_data_size_bytes)',
    unit: 'bytes',
    legend: 'used by the store',
    meaning: 'Bytes on disk that the stored metrics take.',
  },
  diskFree: {
    expr: 'min(vm_free_disk_space_bytes)',
    unit: 'bytes',
    legend: 'free',
    meaning: 'Bytes that are free on the store’s disk.',
  },
  memory: {
    expr: 'label_replace(max by (job) (process_resident_memory_bytes), "part", "$1", "job", "(.+)") or label_replace(max by (service_name) (otelcol_process_memory_rss_bytes), "part", "collector", "", "")',
    unit: 'bytes',
    legend: '{{part}}',
    meaning: 'Memory that each part uses.',
  },
  requestsPerMinute: {
    expr: perMinute(`${requestDuration}_count`, 'service_name'),
    unit: 'reqpm',
    legend: '{{service_name}}',
    meaning: 'HTTP requests per minute that the instrumented servers answered.',
  },
  requestP95: {
    expr: `histogram_quantile(0.95, sum by (service_name, le) (rate(${requestDuration}_bucket[$__rate_interval])))`,
    unit: 's',
    legend: '{{service_name}}',
    meaning: 'Duration within which 95 of 100 HTTP requests were answered.',
  },
  embeddingOperations: {
    expr: perMinute(`${embeddingTokens}_count`, 'gen_ai_request_model'),
    legend: '{{gen_ai_request_model}}',
    meaning: 'Embedding operations per minute, by model.',
  },
  embeddingTokens: {
    expr: perMinute(`${embeddingTokens}_sum`, 'gen_ai_request_model'),
    legend: '{{gen_ai_request_model}}',
    meaning: 'Tokens per minute that were embedded, by model.',
  },
  embeddingCost: {
    expr: perMinute(metric.embeddingCost, 'gen_ai_request_model'),
    unit: 'currencyUSD',
    legend: '{{gen_ai_request_model}}',
    meaning: 'Cost of embeddings per minute in US dollars, by model.',
  },
});
