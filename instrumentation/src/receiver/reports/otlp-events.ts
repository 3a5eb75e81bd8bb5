import { triggerOf } from './hooks.ts';
import type { Adapted, SessionObservation } from './observation.ts';
import { occupancyOfIterations, sumOf } from './occupancy.ts';
import { decodeLogsRequest } from './otlp-protobuf.ts';
import { mostTokens, PayloadReader } from './payload-reader.ts';

type Attributes = ReadonlyMap<string, unknown>;

/** Events that only show that the session is alive; their attributes are not read. */
const otherEvents = new Set([
  'api_error',
  'api_refusal',
  'api_request_body',
  'api_response_body',
  'api_retries_exhausted',
  'assistant_response',
  'at_mention',
  'auth',
  'feedback_survey',
  'hook_execution_complete',
  'hook_execution_start',
  'hook_plugin_metrics',
  'hook_registered',
  'internal_error',
  'managed_settings_resolved',
  'mcp_server_connection',
  'permission_mode_changed',
  'plugin_installed',
  'plugin_loaded',
  'retention_sweep',
  'safety_event',
  'skill_activated',
  'system_prompt',
  'tool_decision',
  'tool_result',
  'user_prompt',
]);

/** Requests outside the conversation: they cost money, but do not use its context. */
const backgroundSources = new Set([
  'compact',
  'generate_session_title',
  'prompt_suggestion',
  'session_memory',
]);

/**
 * Reads Claude Code's events in an OTLP/HTTP logs request in JSON.
 *
 * Only requests of the main thread show how full the context is. An allow-list of `query_source` identifies them, so that a
 * new kind of background request does not move the gauge. Versions 2.1.128 to 2.1.143 send no `query_source`; their requests
 * are marked, and the session decides. Source: https://code.claude.com/docs/en/monitoring-usage
 */
export function readOtlpLogs(payload: unknown): Adapted {
  const reader = new PayloadReader('otlp');
  const request = reader.payload(payload);
  const observations = reader.list(request?.['resourceLogs']).flatMap((resourceLogs) => {
    const { resource, scopeLogs } = reader.object(resourceLogs);
    const shared = attributesOf(reader.object(resource)['attributes'], reader);
    return reader
      .list(scopeLogs)
      .flatMap((scope) => reader.list(reader.object(scope)['logRecords']))
      .flatMap((record) => readRecord(record, shared, reader) ?? []);
  });
  return reader.adapted(observations);
}

/** Reads Claude Code's events in an OTLP/HTTP logs request in protobuf. */
export function readOtlpLogsProtobuf(bytes: Uint8Array): Adapted {
  try {
    return readOtlpLogs(decodeLogsRequest(bytes));
  } catch {
    return { observations: [], ignored: [{ source: 'otlp', reason: 'unreadable' }] };
  }
}

function readRecord(
  value: unknown,
  shared: Attributes,
  reader: PayloadReader,
): SessionObservation | undefined {
  const record = reader.object(value);
  const attributes = attributesOf(record['attributes'], reader);
  const event = eventOf(record['eventName'] ?? attributes.get('event.name') ?? scalarOf(record['body']));
  const read = readings.get(event);
  if (read === undefined && !otherEvents.has(event)) return reader.ignore('unknown_event');
  const sessionId = reader.sessionId(attributes.get('session.id') ?? shared.get('session.id'));
  if (sessionId === undefined) return undefined;
  return {
    sessionId,
    source: 'otlp',
    atMillis: reader.time(attributes.get('event.timestamp')) ?? millisOf(record['timeUnixNano']),
    sequence: reader.count(attributes.get('event.sequence')),
    host: reader.text(shared.get('host.name')),
    accountId: reader.text(accountOf(attributes) ?? accountOf(shared)),
    ...read?.(attributes, reader),
  };
}

/** Claude Code sends the account of a subscription, and the organization of an API key. Without both, no account is known. */
function accountOf(attributes: Attributes): unknown {
  return attributes.get('user.account_uuid') ?? attributes.get('organization.id');
}

const readings: ReadonlyMap<
  string,
  (attributes: Attributes, reader: PayloadReader) => Partial<SessionObservation>
> = new Map([
  ['api_request', readRequest],
  ['compaction', readCompaction],
  ['subagent_completed', readSubagent],
]);

function readRequest(attributes: Attributes, reader: PayloadReader): Partial<SessionObservation> {
  const usd = reader.amount(attributes.get('cost_usd'), 1_000_000);
  const shared: Partial<SessionObservation> = {
    requestId: reader.requestId(attributes.get('request_id')),
    cost: usd === undefined ? undefined : { of: 'request', usd },
  };
  const agent = agentOf(attributes, reader);
  const querySource = attributes.get('query_source');
  const isUnattributed = querySource === undefined;
  if (agent === undefined && !isUnattributed && !isMainThread(querySource, reader)) return shared;
  const cached = [attributes.get('cache_creation_tokens') ?? 0, attributes.get('cache_read_tokens') ?? 0];
  const tokensUsed =
    occupancyOfIterations(attributes.get('iterations')) ??
    sumOf([attributes.get('input_tokens'), ...cached], reader);
  if (tokensUsed === undefined) return shared;
  if (agent !== undefined) return { ...shared, subagent: { name: agent, tokensUsed } };
  const model = reader.model(attributes.get('model'));
  if (!isUnattributed) return { ...shared, tokensUsed, model };
  const isCached = cached.some((tokens) => Number(tokens) > 0);
  return { ...shared, tokensUsed, model, unattributed: { isCached } };
}

function readCompaction(attributes: Attributes, reader: PayloadReader): Partial<SessionObservation> {
  if (agentOf(attributes, reader) !== undefined) return {};
  if (String(scalarText(attributes.get('success'))) !== 'true') {
    reader.ignore('failed_compaction');
    return {};
  }
  return {
    compaction: {
      trigger: triggerOf(attributes.get('trigger')),
      tokensBefore: reader.tokens(attributes.get('pre_tokens')) || undefined,
      tokensAfter: reader.tokens(attributes.get('post_tokens')) || undefined,
    },
  };
}

function readSubagent(attributes: Attributes, reader: PayloadReader): Partial<SessionObservation> {
  const name = agentOf(attributes, reader) ?? reader.text(attributes.get('agent_type'));
  const tokensUsed = reader.count(attributes.get('total_tokens'), mostTokens);
  return name === undefined || !tokensUsed ? {} : { subagent: { name, tokensUsed } };
}

function agentOf(attributes: Attributes, reader: PayloadReader): string | undefined {
  const querySource = attributes.get('query_source');
  const bySource =
    typeof querySource === 'string' && querySource.startsWith('agent:') ? querySource.slice(6) : undefined;
  return reader.text(attributes.get('agent.name') ?? bySource);
}

function isMainThread(querySource: unknown, reader: PayloadReader): boolean {
  if (typeof querySource !== 'string') return reader.ignore('wrong_type') ?? false;
  if (querySource === 'sdk' || querySource.startsWith('repl_main_thread')) return true;
  if (!backgroundSources.has(querySource)) reader.ignore('unknown_query_source');
  return false;
}

function eventOf(name: unknown): string {
  return typeof name === 'string' ? name.replace(/^claude_code\./, '') : '';
}

function attributesOf(value: unknown, reader: PayloadReader): Attributes {
  const entries = reader.list(value).flatMap((attribute): [string, unknown][] => {
    const { key, value } = reader.object(attribute);
    const plain = key === 'iterations' ? iterationsOf(value) : scalarOf(value);
    return typeof key === 'string' && plain !== undefined ? [[key, plain]] : [];
  });
  return new Map(entries);
}

/** The model calls of a turn: a list of maps or of their JSON, or the JSON of the whole list. */
function iterationsOf(value: unknown): unknown {
  const { stringValue, arrayValue } = objectOf(value);
  if (typeof stringValue === 'string') return parsedOr(stringValue);
  const { values } = objectOf(arrayValue);
  return Array.isArray(values) ? values.map(mapOf) : undefined;
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mapOf(value: unknown): unknown {
  const { stringValue, kvlistValue } = objectOf(value);
  if (typeof stringValue === 'string') return parsedOr(stringValue);
  const { values } = objectOf(kvlistValue);
  if (!Array.isArray(values)) return undefined;
  const entries = values
    .map(objectOf)
    .flatMap(({ key, value }) => (typeof key === 'string' ? [[key, scalarOf(value)]] : []));
  return Object.fromEntries(entries) as unknown;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The string, number or boolean of an OTLP AnyValue. */
function scalarOf(value: unknown): unknown {
  const { stringValue, intValue, doubleValue, boolValue } = objectOf(value);
  return stringValue ?? intValue ?? doubleValue ?? boolValue;
}

function scalarText(value: unknown): unknown {
  return typeof value === 'boolean' || typeof value === 'string' ? value : undefined;
}

function millisOf(unixNano: unknown): number | undefined {
  const text = typeof unixNano === 'number' ? String(unixNano) : unixNano;
  if (typeof text !== 'string' || !/^\d{7,20}$/.test(text)) return undefined;
  return Number(text.slice(0, -6));
}
