import {
  embeddingMetrics,
  embeddingTokensPrefix,
  httpRequestDurationPrefix,
  processMetrics,
  receiverMetrics,
} from '#metrics';
import type { Query } from './query.ts';

const active = processMetrics.activeSessions.name;
const perMinute = (selector: string, by = '') =>
  `sum${by && ` by (${by})`} (rate(${selector}[$__rate_interval])) * 60`;
/** Of a counter that is there only once something went wrong. */
const perMinuteOrNone = (selector: string) => `(${perMinute(selector)} or vector(0))`;
const answering = (part: string, metric: string) =>
  `label_replace(count(last_over_time(${metric}[30s])) > bool 0 or vector(0), "part", "${part}", "", "")`;

/** Pipeline health's own: what the parts say of themselves. `unit` of rates is per minute. */
export const pipelineQueries = {
  partsUp: single(
    'parts-up',
    [
      // A part that was never up is left out on purpose.
      'max by (part) (label_replace(up and max_over_time(up[7d]) > 0, "part", "$1", "job", "(.+)"))',
      'label_replace(vector(1), "part", "victoriametrics", "", "")',
      answering('collector', 'otelcol_process_uptime_seconds_total'),
      answering('receiver', `${active}{service_name="ctxd-receiver"}`),
    ].join(' or '),
    'short',
    '{{part}}',
    'Whether each part of the stack answers: 1 is up, 0 is down.',
  ),
  newestSampleAge: single(
    'newest-sample-age',
    `time() - max by (service_name) (tlast_over_time(${active}[1h]) and default_rollup(${active}[1h]))`,
    's',
    '{{service_name}}',
    'Time since the newest sample of each server that reported within the last hour and did not end.',
  ),
  queueFill: single(
    'queue-fill',
    '100 * max by (exporter) (otelcol_exporter_queue_size) / max by (exporter) (otelcol_exporter_queue_capacity)',
    'percent',
    '{{exporter}}',
    'Share of its queue that each of the collector’s exporters uses.',
  ),
  pointsAccepted: single(
    'points-accepted',
    perMinute('otelcol_receiver_accepted_metric_points_total'),
    'short',
    'accepted by the collector',
    'Data points per minute that the collector took.',
  ),
  pointsSent: single(
    'points-sent',
    perMinute('otelcol_exporter_sent_metric_points_total'),
    'short',
    'delivered to the store',
    'Data points per minute that the collector delivered.',
  ),
  pointsRefused: single(
    'points-refused',
    perMinuteOrNone('{__name__=~"otelcol_receiver_(refused|failed)_(metric_points|log_records)_total"}'),
    'short',
    'refused by the collector',
    'Data points and log records per minute that the collector refused.',
  ),
  pointsUndelivered: single(
    'points-undelivered',
    perMinuteOrNone('{__name__=~"otelcol_exporter_(send|enqueue)_failed_(metric_points|log_records)_total"}'),
    'short',
    'lost by the collector',
    'Data points and log records per minute that the collector could not deliver.',
  ),
  rowsDropped: single(
    'rows-dropped',
    perMinuteOrNone(
      '{__name__=~"vm_rows_ignored_total|vm_rows_invalid_total|vm_hourly_series_limit_rows_dropped_total"}',
    ),
    'short',
    'dropped by the store',
    'Samples per minute that VictoriaMetrics did not store.',
  ),
  exportsFailed: single(
    'exports-failed',
    perMinuteOrNone(processMetrics.exportsFailed.name),
    'short',
    'exports that failed',
    'Exports of instrumented servers per minute that the collector did not take.',
  ),
  reportsIgnored: single(
    'reports-ignored',
    perMinute(receiverMetrics.ignored.name, 'source, reason'),
    'short',
    '{{source}}: {{reason}}',
    'What the receiver left out of the reports per minute, by source and reason.',
  ),
  evaluationSeconds: single(
    'evaluation-seconds',
    'max by (group) (vmalert_iteration_duration_seconds{quantile="0.99"})',
    's',
    '{{group}}',
    'How long 99 of 100 evaluations of each group of alert rules take at most.',
  ),
  evaluationsMissed: single(
    'evaluations-missed',
    perMinuteOrNone(
      '{__name__=~"vmalert_iteration_missed_total|vmalert_execution_errors_total|vmalert_alerting_rules_errors_total"}',
    ),
    'short',
    'evaluations missed or failed',
    'Evaluations of alert rules per minute that were missed or failed.',
  ),
  alertsUnsent: single(
    'alerts-unsent',
    perMinuteOrNone('vmalert_alerts_send_errors_total'),
    'short',
    'not taken by Alertmanager',
    'Alerts per minute that vmalert could not hand on.',
  ),
  notificationsFailed: single(
    'notifications-failed',
    perMinuteOrNone('alertmanager_notifications_failed_total'),
    'short',
    'not delivered by Alertmanager',
    'Notifications per minute that Alertmanager could not deliver.',
  ),
  seriesNow: single(
    'series-now',
    'sum(vm_hourly_series_limit_current_series)',
    'short',
    'series of this hour',
    'Series that got a sample within the hour.',
  ),
  seriesLimit: single(
    'series-limit',
    'sum(vm_hourly_series_limit_max_series)',
    'short',
    'limit',
    'Series beyond this number are dropped.',
  ),
  diskUsed: single(
    'disk-used',
    'sum(vm_data_size_bytes)',
    'bytes',
    'used by the store',
    'Bytes on disk that the stored metrics take.',
  ),
  diskFree: single(
    'disk-free',
    'min(vm_free_disk_space_bytes)',
    'bytes',
    'free',
    'Bytes that are free on the store’s disk.',
  ),
  memory: single(
    'memory',
    'label_replace(max by (job) (process_resident_memory_bytes), "part", "$1", "job", "(.+)") or label_replace(max by (service_name) (otelcol_process_memory_rss_bytes), "part", "collector", "", "")',
    'bytes',
    '{{part}}',
    'Memory that each part takes.',
  ),
  requestsPerMinute: single(
    'requests-per-minute',
    perMinute(`${httpRequestDurationPrefix}_count`, 'service_name'),
    'reqpm',
    '{{service_name}}',
    'HTTP requests per minute that the instrumented servers answered.',
  ),
  requestP95: single(
    'request-p95',
    `histogram_quantile(0.95, sum by (service_name, le) (rate(${httpRequestDurationPrefix}_bucket[$__rate_interval])))`,
    's',
    '{{service_name}}',
    'Duration within which 95 of 100 HTTP requests were answered.',
  ),
  embeddingOperations: embedding(
    'operations',
    `${embeddingTokensPrefix}_count`,
    'Embedding operations per minute, by model.',
  ),
  embeddingTokens: embedding(
    'tokens',
    `${embeddingTokensPrefix}_sum`,
    'Tokens per minute that were embedded, by model.',
  ),
  embeddingCost: embedding(
    'cost',
    embeddingMetrics.cost.name,
    'What embeddings cost per minute in US dollars, by model.',
    'currencyUSD',
  ),
} as const satisfies Record<string, Query>;

function embedding(what: string, counter: string, meaning: string, unit = 'short'): Query {
  const expr = perMinute(counter, 'gen_ai_request_model');
  return single(`embedding-${what}`, expr, unit, '{{gen_ai_request_model}}', meaning);
}

function single(name: string, expr: string, unit: string, legend: string, meaning: string): Query {
  return { name, expr, unit, legend, meaning };
}
