export {
  AnthropicMessageStream,
  readAnthropicMessage,
  type MessagesRequest,
} from './reports/anthropic-messages.ts';
export { gatewayUsage, type GatewayUsageOptions } from './reports/gateway-usage.ts';
export { readHook } from './reports/hooks.ts';
export {
  largeWindowTokens,
  windowOf,
  windowSettingsFrom,
  type Window,
  type WindowEvidence,
  type WindowSettings,
  type WindowSource,
} from './sessions/model-windows.ts';
export type {
  Adapted,
  CompactionReport,
  CompactionTrigger,
  Cost,
  Ignored,
  IgnoredReason,
  ModelWindow,
  ObservationSource,
  RateLimit,
  SessionName,
  SessionObservation,
  SubagentReport,
} from './reports/observation.ts';
export { readOtlpLogs, readOtlpLogsProtobuf } from './reports/otlp-events.ts';
export type { RegistryOperation } from './sessions/registry-operation.ts';
export type { SourceReport } from './answers.ts';
export { SessionIntake } from './sessions/session-intake.ts';
export { SessionTracker, type SessionTrackerOptions, type Tracked } from './sessions/session-tracker.ts';
export { estimateFromSize } from './reports/size-estimate.ts';
export { readStatusline } from './reports/statusline.ts';
export { readTranscriptLine } from './reports/transcript.ts';
export type { SessionDetails, Subagent, TrackedSession } from './sessions/tracked-session.ts';
