/** One metric as it is exported: an OpenTelemetry instrument whose name reaches PromQL unchanged. */
export interface Metric {
  /** The exported name, which is also the PromQL name. */
  readonly name: string;
  /** `gauge` goes up and down; `counter` only grows and starts at 0; `histogram` counts by bucket. */
  readonly kind: 'gauge' | 'counter' | 'histogram';
  /** The OpenTelemetry unit; an annotation unit such as `{token}` if nothing may be appended to the name. */
  readonly unit: string;
  /** The meaning of one value, in plain English. */
  readonly description: string;
  /** Attribute names of a data point, which are the PromQL label names. */
  readonly labels: readonly string[];
}

const labels = ['session_id'] as const;

/** One series per live session. The first seven names must not change: they are the agreed contract. */
export const sessionMetrics = {
  contextTokens: {
    name: 'contextd_session_context_tokens',
    kind: 'gauge',
    unit: '{token}',
    description: 'Tokens in the context window of the session now',
    labels,
  },
  contextUsagePercent: {
    name: 'contextd_session_context_usage_percent',
    kind: 'gauge',
    unit: '%',
    description: 'Share of its context window that the session uses now, 0 to 100, or more when over-full',
    labels,
  },
  threshold70: {
    name: 'contextd_session_threshold_70_total',
    kind: 'counter',
    unit: '{crossing}',
    description: 'Crossings of the warning threshold, counted once until the next checkpoint',
    labels,
  },
  threshold90: {
    name: 'contextd_session_threshold_90_total',
    kind: 'counter',
    unit: '{crossing}',
    description: 'Crossings of the critical threshold, counted once until the next checkpoint',
    labels,
  },
  checkpoints: {
    name: 'contextd_session_checkpoint_total',
    kind: 'counter',
    unit: '{checkpoint}',
    description: 'Checkpoints recorded for the session',
    labels,
  },
  tokensSaved: {
    name: 'contextd_session_tokens_saved_total',
    kind: 'counter',
    unit: '{token}',
    description: 'Total tokens saved by the checkpoints of the session',
    labels,
  },
  duration: {
    name: 'contextd_session_duration_seconds',
    kind: 'gauge',
    unit: 's',
    description: 'Time since the session was first seen',
    labels,
  },
  windowTokens: {
    name: 'contextd_session_window_tokens',
    kind: 'gauge',
    unit: '{token}',
    description: 'Size of the context window of the session',
    labels,
  },
  peakTokens: {
    name: 'contextd_session_peak_tokens',
    kind: 'gauge',
    unit: '{token}',
    description: 'Most tokens in the context window of the session within the last minute',
    labels,
  },
  lastActivity: {
    name: 'contextd_session_last_activity_timestamp_seconds',
    kind: 'gauge',
    unit: 's',
    description: 'Unix time of the last activity of the session',
    labels,
  },
} as const satisfies Record<string, Metric>;

/** Series that exist only while a session needs attention, so that alert rules cost the same however many others live. */
export const sparseMetrics = {
  highUsage: {
    name: 'contextd_session_high_usage_percent',
    kind: 'gauge',
    unit: '%',
    description:
      'Share of its context window that the session uses now; only at or above the warning threshold, and for 2 minutes after',
    labels,
  },
} as const satisfies Record<string, Metric>;

/** Metrics that only the receiver exports. */
export const receiverMetrics = {
  sessionInfo: {
    name: 'contextd_session_info',
    kind: 'gauge',
    unit: '',
    description: 'Always 1: its labels have the name of the session and the source of its figures',
    labels: ['session_id', 'session_name', 'model', 'project', 'host', 'source', 'window_source'],
  },
  compactionThreshold: {
    name: 'contextd_session_compaction_threshold_tokens',
    kind: 'gauge',
    unit: '{token}',
    description: 'Tokens in the context window at which the session is compacted automatically',
    labels,
  },
  compactionUsage: {
    name: 'contextd_session_compaction_usage_percent',
    kind: 'gauge',
    unit: '%',
    description:
      'Share of the tokens at which the session is compacted that it uses now; only from CTXD_ALERT_COMPACTION_PERCENT on',
    labels,
  },
  sessionCost: {
    name: 'contextd_session_cost_usd',
    kind: 'gauge',
    unit: '{USD}',
    description:
      'Cost of the session so far, in US dollars, with the account that pays for it if it is known',
    labels: ['session_id', 'account'],
  },
  subagentContextTokens: {
    name: 'contextd_subagent_context_tokens',
    kind: 'gauge',
    unit: '{token}',
    description: 'Tokens in the context window of a subagent, not included in its session’s',
    labels: ['session_id', 'agent'],
  },
  subagentWindowTokens: {
    name: 'contextd_subagent_window_tokens',
    kind: 'gauge',
    unit: '{token}',
    description: 'Size of the context window of a subagent, if a `subagentStatusLine` states it',
    labels: ['session_id', 'agent'],
  },
  lastCompaction: {
    name: 'contextd_session_last_compaction_timestamp_seconds',
    kind: 'gauge',
    unit: 's',
    description: 'Unix time of the newest compaction of the session, by what triggered it',
    labels: ['session_id', 'trigger'],
  },
  rateLimitUsed: {
    name: 'contextd_rate_limit_used_percent',
    kind: 'gauge',
    unit: '%',
    description: 'Share of the account’s rate limit that is used, 0 to 100',
    labels: ['window', 'account'],
  },
  ignored: {
    name: 'contextd_receiver_ignored_total',
    kind: 'counter',
    unit: '{item}',
    description: 'Items in reports that the receiver ignored, by source and reason',
    labels: ['source', 'reason'],
  },
} as const satisfies Record<string, Metric>;

/** Metrics of the process: its live sessions, its refusals and its failures. */
export const processMetrics = {
  activeSessions: {
    name: 'contextd_active_sessions_total',
    kind: 'gauge',
    unit: '{session}',
    description: 'Sessions that are live now',
    labels: [],
  },
  sessionIdsRefused: {
    name: 'contextd_session_ids_refused_total',
    kind: 'counter',
    unit: '{id}',
    description: 'Session ids that were treated as absent, by reason',
    labels: ['reason'],
  },
  usageRefused: {
    name: 'contextd_usage_refused_total',
    kind: 'counter',
    unit: '{report}',
    description: 'Usage reports and checkpoints that were refused and changed nothing, by reason',
    labels: ['reason'],
  },
  sessionsEvicted: {
    name: 'contextd_sessions_evicted_total',
    kind: 'counter',
    unit: '{session}',
    description: 'Sessions dropped, least recently active first, because the cap on sessions was reached',
    labels: [],
  },
  exportsFailed: {
    name: 'contextd_exports_failed_total',
    kind: 'counter',
    unit: '{export}',
    description: 'Failed exports, by reason; too_slow ended before it had everything',
    labels: ['reason'],
  },
  httpRequestDuration: {
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of HTTP server requests',
    labels: ['http.request.method', 'http.response.status_code', 'http.route', 'url.scheme', 'error.type'],
  },
} as const satisfies Record<string, Metric>;

/** The metric name prefix of request durations in VictoriaMetrics, which uses Prometheus naming. */
export const httpRequestDurationPrefix = 'http_server_request_duration_seconds';

/**
 * Embedding metrics. The histogram is from the semantic conventions: its count is operations, its sum is tokens. For the
 * cost there is no convention.
 *
 * Source: https://github.com/open-telemetry/semantic-conventions-genai
 */
export const embeddingMetrics = {
  inputTokens: {
    name: 'gen_ai.client.embeddings.operation.input_tokens',
    kind: 'histogram',
    unit: '{token}',
    description: 'Tokens of one embedding operation',
    labels: ['gen_ai.operation.name', 'gen_ai.request.model'],
  },
  cost: {
    name: 'contextd_embedding_cost_usd_total',
    kind: 'counter',
    unit: '{USD}',
    description: 'Cost of embedding operations in US dollars, for models with a known price',
    labels: ['gen_ai.request.model'],
  },
} as const satisfies Record<string, Metric>;

/** The metric name prefix of embedding tokens in VictoriaMetrics, which uses Prometheus naming. */
export const embeddingTokensPrefix = 'gen_ai_client_embeddings_operation_input_tokens';
