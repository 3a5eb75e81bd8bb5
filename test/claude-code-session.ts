import type { Backend } from './backend.ts';

/** A request to the model that Claude Code reports. */
interface Request {
  readonly tokensUsed: number;
  readonly agent?: string;
  readonly querySource?: string;
  readonly sequence?: number;
  readonly cost?: number;
}

/** The content of a status line report. */
interface Shown {
  readonly tokensUsed: number;
  readonly model?: string;
  readonly name?: string;
  readonly more?: object;
}

/** A report of a scripted session. */
interface ScriptedReport {
  readonly sessionId: string;
  readonly source: string;
  readonly atMillis?: number | undefined;
  readonly sequence?: number | undefined;
  readonly tokensUsed?: number | undefined;
  readonly compaction?:
    { readonly tokensBefore?: number | undefined; readonly tokensAfter?: number | undefined } | undefined;
}

type Scalar = string | number;

/**
 * Sends the same reports as Claude Code 2.1.24x: status line and hooks to the receiver, events and metrics to the collector.
 *
 * @param headers - HTTP headers to send with events and metrics.
 */
export function claudeCode(
  { collector, receiver }: Pick<Backend['urls'], 'collector' | 'receiver'>,
  headers: Readonly<Record<string, string>> = {},
) {
  let sequence = 0;
  const hooks = `${receiver}/claude-code/hooks`;
  const post = async (url: string, body: unknown, more = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...more },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  };
  const event = (sessionId: string, attributes: Record<string, Scalar>) => {
    const shared = {
      'session.id': sessionId,
      'event.timestamp': new Date().toISOString(),
      'event.sequence': ++sequence,
    };
    const record = {
      timeUnixNano: nanoseconds(),
      body: { stringValue: `claude_code.${attributes['event.name']}` },
      attributes: keyValues({ ...shared, ...attributes }),
    };
    return post(
      `${collector}/v1/logs`,
      {
        resourceLogs: [{ resource: claudeCodeResource, scopeLogs: [{ logRecords: [record] }] }],
      },
      headers,
    );
  };
  return {
    event,
    statusline: (sessionId: string, { tokensUsed, model = 'claude-haiku-4-5', name, more }: Shown) =>
      post(`${receiver}/claude-code/statusline`, {
        session_id: sessionId,
        session_name: name,
        cwd: '/home/ann/api',
        model: { id: model, display_name: 'Claude' },
        context_window: {
          current_usage: {
            input_tokens: 1_000,
            output_tokens: 5_000,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: tokensUsed - 1_000,
          },
        },
        ...more,
      }),
    hook: (sessionId: string, fields: object) =>
      post(hooks, { session_id: sessionId, cwd: '/home/ann/api', ...fields }),
    request: (sessionId: string, { tokensUsed, agent, querySource, cost, ...more }: Request) =>
      event(sessionId, {
        'event.name': 'api_request',
        model: 'claude-haiku-4-5',
        input_tokens: 100,
        output_tokens: 5_000,
        cache_creation_tokens: 400,
        cache_read_tokens: tokensUsed - 500,
        request_id: `req_${sequence}`,
        query_source: querySource ?? (agent === undefined ? 'repl_main_thread' : `agent:builtin:${agent}`),
        ...(agent !== undefined && { 'agent.name': agent }),
        ...(cost !== undefined && { cost_usd: cost }),
        ...(more.sequence !== undefined && { 'event.sequence': more.sequence }),
      }),
    compaction: (sessionId: string, { before, after }: { before: number; after: number }) =>
      event(sessionId, {
        'event.name': 'compaction',
        trigger: 'auto',
        success: 'true',
        pre_tokens: before,
        post_tokens: after,
      }),
    /** Sends a scripted report: by event with its own time and sequence, or by hook. */
    report: ({ sessionId, source, tokensUsed, compaction, ...more }: ScriptedReport) => {
      if (source === 'hook') return post(hooks, { session_id: sessionId, hook_event_name: 'PostCompact' });
      const times = {
        'event.timestamp': new Date(more.atMillis ?? 0).toISOString(),
        'event.sequence': more.sequence ?? 0,
      };
      const request = {
        'event.name': 'api_request',
        model: 'claude-haiku-4-5',
        input_tokens: tokensUsed ?? 0,
        query_source: 'repl_main_thread',
      };
      const compacted = {
        'event.name': 'compaction',
        trigger: 'auto',
        success: 'true',
        pre_tokens: compaction?.tokensBefore ?? 0,
        post_tokens: compaction?.tokensAfter ?? 0,
      };
      return event(sessionId, { ...(compaction ? compacted : request), ...times });
    },
    deltaMetric: (name: string, asDouble: number) => {
      const time = { startTimeUnixNano: nanoseconds(-1_000), timeUnixNano: nanoseconds() };
      const sum = { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...time, asDouble }] };
      return post(
        `${collector}/v1/metrics`,
        {
          resourceMetrics: [{ resource: claudeCodeResource, scopeMetrics: [{ metrics: [{ name, sum }] }] }],
        },
        headers,
      );
    },
  };
}

/** A simulated Claude Code that reports to the stack. */
export type ClaudeCode = ReturnType<typeof claudeCode>;

const claudeCodeResource = { attributes: keyValues({ 'service.name': 'claude-code' }) };

function keyValues(attributes: Record<string, Scalar>) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { doubleValue: value },
  }));
}

function nanoseconds(offsetMillis = 0): string {
  return `${Date.now() + offsetMillis}000000`;
}
