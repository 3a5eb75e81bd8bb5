export { systemClock, type Clock } from './clock.ts';
export {
  EmbeddingMeter,
  embeddingPrices,
  type Embedding,
  type EmbeddingMeterOptions,
  type EmbeddingRefusal,
} from './embeddings.ts';
export { connectionName } from './connection.ts';
export { contextWindow, type ContextWindowOptions, type ContextWindowState } from './middleware.ts';
export {
  embeddingMetrics,
  processMetrics,
  receiverMetrics,
  sessionMetrics,
  sparseMetrics,
  type Metric,
} from './metrics.ts';
export { SessionRegistry, type Departure, type SessionRegistryOptions } from './registry.ts';
export type { ReasonCounter } from './counter.ts';
export type { RequestContextWindow } from './request-context-window.ts';
export type { RequestDurations } from './request-durations.ts';
export type { Series, SeriesHistogram, SeriesSource } from './series.ts';
export type { SessionContext } from './session.ts';
export {
  identifySession,
  sessionIdSources,
  unknownSessionId,
  type Identification,
  type SessionIdRefusal,
  type SessionIdRequest,
  type SessionIdSource,
} from './session-id.ts';
export { track, type TrackOptions } from './track.ts';
export { thresholds, thresholdsFrom, type Threshold, type Thresholds } from './thresholds.ts';
export {
  defaultWindowTokens,
  type Checkpoint,
  type Refusal,
  type Usage,
  type UsageRefusal,
} from './usage.ts';
