import {
  embeddingMetrics,
  embeddingTokensPrefix,
  httpRequestDurationPrefix,
  processMetrics,
  receiverMetrics,
  sessionMetrics,
  sparseMetrics,
} from '#metrics';

/** The names of the metrics that the queries read. */
export const metric = {
  usage: sessionMetrics.contextUsagePercent.name,
  tokens: sessionMetrics.contextTokens.name,
  peakTokens: sessionMetrics.peakTokens.name,
  window: sessionMetrics.windowTokens.name,
  checkpoints: sessionMetrics.checkpoints.name,
  saved: sessionMetrics.tokensSaved.name,
  duration: sessionMetrics.duration.name,
  lastActivity: sessionMetrics.lastActivity.name,
  crossings: { warning: sessionMetrics.threshold70.name, critical: sessionMetrics.threshold90.name },
  info: receiverMetrics.sessionInfo.name,
  highUsage: sparseMetrics.highUsage.name,
  compactionUsage: receiverMetrics.compactionUsage.name,
  compaction: receiverMetrics.compactionThreshold.name,
  cost: receiverMetrics.sessionCost.name,
  subagentTokens: receiverMetrics.subagentContextTokens.name,
  lastCompaction: receiverMetrics.lastCompaction.name,
  rateLimit: receiverMetrics.rateLimitUsed.name,
  ignored: receiverMetrics.ignored.name,
  activeSessions: processMetrics.activeSessions.name,
  sessionsEvicted: processMetrics.sessionsEvicted.name,
  exportsFailed: processMetrics.exportsFailed.name,
  requestDuration: httpRequestDurationPrefix,
  embeddingTokens: embeddingTokensPrefix,
  embeddingCost: embeddingMetrics.cost.name,
  /** vmalert's own count of alerts that it could not send to Alertmanager. */
  sendErrors: 'vmalert_alerts_send_errors_total',
} as const;
