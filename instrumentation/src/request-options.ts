import { optional, optionalBoolean, type OptionChecks } from './expectation.ts';
import type { SessionRegistry } from './registry.ts';
import { requiredRegistry } from './registry-option.ts';
import type { SessionIdSource } from './session-id.ts';

/** The options that every way into a server has. */
export interface RequestOptions {
  /** Keeps the sessions. Pass the same one to the telemetry. */
  readonly registry: SessionRegistry;
  /** Sources of a session id; the first one with an id wins. Default: the exported `sessionIdSources`. */
  readonly sessionIdSources?: readonly SessionIdSource[];
  /**
   * Whether to record `http.server.request.duration`. Default `true`. Turn it off if OpenTelemetry's HTTP
   * instrumentation records it already.
   */
  readonly recordDuration?: boolean;
}

/** The checks of {@link RequestOptions}. */
export const requestOptionChecks: OptionChecks<RequestOptions> = {
  registry: requiredRegistry,
  sessionIdSources: optional(
    'a list of { name, read }',
    isSourceList,
    'Start from the exported `sessionIdSources`.',
  ),
  recordDuration: optionalBoolean,
};

function isSourceList(sources: unknown): boolean {
  return Array.isArray(sources) && sources.every((source) => typeof source?.read === 'function');
}
