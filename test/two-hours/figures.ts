/** A series that does not belong to a session. */
export interface PartSeries {
  readonly service: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its value at each step: NaN where it has no sample, undefined where it has ended. */
  readonly at: (step: number) => number | undefined;
}

/** The step at which the server `app-3` shuts down. */
export const goodbye = 640;

const constant = (value: number) => () => value;
const line = (perStep: number) => (step: number) => perStep * step;
const series = (name: string, labels: Record<string, string>, at: PartSeries['at'], service = 'parts') => ({
  service,
  name,
  labels,
  at,
});

const http = 'http_server_request_duration_seconds';
const embeddings = 'gen_ai_client_embeddings_operation_input_tokens';
const model = { gen_ai_request_model: 'text-embedding-3-small' };

/** Alerts that fire all the time. The session has two, of which the critical one calls for an action. */
export const firing = {
  sinceSeconds: 1_000,
  bySession: [{ session_id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301', alertname: 'CheckpointOverdue' }],
  lesser: 'ContextFullSoon',
  /** Fires still, but the session is below its threshold again. */
  over: 'ContextWindowCritical',
  own: 'CtxdDiskLow',
} as const;
const alerts = [
  ...firing.bySession.flatMap((alert) => [
    alert,
    { ...alert, alertname: firing.lesser },
    { ...alert, alertname: firing.over },
  ]),
  { alertname: firing.own },
].flatMap((labels) => [
  series('ALERTS', { ...labels, alertstate: 'firing' }, constant(1)),
  series('ALERTS_FOR_STATE', labels, constant(firing.sinceSeconds)),
]);

/** The metrics that the parts and the servers report about themselves. */
export const partSeries: readonly PartSeries[] = [
  ...alerts,
  series('up', { job: 'vmalert' }, constant(1)),
  series('up', { job: 'alertmanager' }, constant(1)),
  series('up', { job: 'grafana' }, (step) => Number(step < 700)),
  series('up', { job: 'left-out' }, constant(0)),
  series('otelcol_process_uptime_seconds_total', {}, line(10)),
  series('otelcol_exporter_queue_size', { exporter: 'otlp_http/vm' }, line(1)),
  series('otelcol_exporter_queue_capacity', { exporter: 'otlp_http/vm' }, constant(1_000)),
  series('otelcol_receiver_accepted_metric_points_total', { receiver: 'otlp' }, line(50)),
  series('otelcol_exporter_sent_metric_points_total', { exporter: 'otlp_http/vm' }, line(49)),
  series('otelcol_receiver_refused_metric_points_total', { receiver: 'otlp' }, line(2)),
  series('otelcol_receiver_refused_log_records_total', { receiver: 'otlp' }, line(1)),
  series('otelcol_exporter_enqueue_failed_metric_points_total', { exporter: 'otlp_http/vm' }, line(4)),
  series('vm_rows_ignored_total', { reason: 'big_timestamp' }, line(5)),
  series('contextd_exports_failed_total', { reason: 'timeout' }, line(6)),
  series('contextd_receiver_ignored_total', { source: 'otlp', reason: 'late' }, line(7)),
  series('contextd_receiver_ignored_total', { source: 'hook', reason: 'duplicate' }, line(8)),
  series('vmalert_iteration_duration_seconds', { group: 'context-window', quantile: '0.99' }, constant(0.02)),
  series('vmalert_iteration_duration_seconds', { group: 'context-window', quantile: '0.5' }, constant(0.01)),
  series('vmalert_iteration_missed_total', { group: 'context-window' }, line(1)),
  series('vmalert_execution_errors_total', {}, line(2)),
  series('vmalert_alerts_send_errors_total', {}, line(3)),
  series('alertmanager_notifications_failed_total', { integration: 'webhook' }, line(4)),
  series('vm_hourly_series_limit_current_series', {}, line(10)),
  series('vm_hourly_series_limit_max_series', {}, constant(1_000_000)),
  series('vm_data_size_bytes', { type: 'storage/small' }, line(100)),
  series('vm_data_size_bytes', { type: 'indexdb/file' }, line(20)),
  series('vm_free_disk_space_bytes', { path: '/data' }, constant(5e9)),
  series('process_resident_memory_bytes', { job: 'vmalert' }, constant(3e7)),
  series('process_resident_memory_bytes', { job: 'victoria-metrics' }, line(1_000)),
  series('otelcol_process_memory_rss_bytes', {}, constant(4e7)),
  series('contextd_rate_limit_used_percent', { window: 'five_hour' }, (step) => step / 10),
  series('contextd_rate_limit_used_percent', { window: 'seven_day' }, constant(12)),
  series('contextd_active_sessions_total', {}, constant(9), 'ctxd-receiver'),
  // This server stops reporting ten minutes before the end.
  series('contextd_active_sessions_total', {}, (step) => (step <= 660 ? 4 : Number.NaN), 'app-2'),
  series('contextd_active_sessions_total', {}, (step) => (step < goodbye ? 0 : undefined), 'app-3'),
  series('contextd_active_sessions_total', {}, constant(20), 'app'),
  series(`${http}_count`, {}, line(20), 'app'),
  series(`${http}_bucket`, { le: '0.1' }, line(10), 'app'),
  series(`${http}_bucket`, { le: '0.2' }, line(20), 'app'),
  series(`${http}_bucket`, { le: '+Inf' }, line(20), 'app'),
  series(`${embeddings}_count`, model, line(3), 'app'),
  series(`${embeddings}_sum`, model, line(600), 'app'),
  series('contextd_embedding_cost_usd_total', model, line(0.000_012), 'app'),
];
