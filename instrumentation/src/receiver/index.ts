export { AnthropicMessageStream, readAnthropicMessage, type MessagesRequest } from './anthropic-messages.ts';
export { gatewayUsage, type GatewayUsageOptions } from './gateway-usage.ts';
export { readHook } from './hooks.ts';
export {
  largeWindowTokens,
  windowOf,
  windowSettingsFrom,
  type Window,
  type WindowEvidence,
  type WindowSettings,
  type WindowSource,
} from './model-windows.ts';
export type {
  Adapted,
  CompactionReport,
  CompactionTrigger,
  Cost,
  Ignored,
  IgnoredReason,
  ObservationSource,
  RateLimit,
  SessionName,
  SessionObservation,
  SubagentReport,
} from './observation.ts';
export { readOtlpLogs, readOtlpLogsProtobuf } from './otlp-events.ts';
export { startReceiver, type Receiver, type ReceiverOptions } from './receiver.ts';
export type { RegistryOperation } from './session-change.ts';
export { SessionIntake, type SourceReport } from './session-intake.ts';
export { SessionTracker, type SessionTrackerOptions, type Tracked } from './session-tracker.ts';
export { receiverOptionsFrom } from './settings.ts';
export { estimateFromSize } from './size-estimate.ts';
export { readStatusline } from './statusline.ts';
export { readTranscriptLine } from './transcript.ts';
export type { SessionDetails, Subagent, TrackedSession } from './tracked-session.ts';
