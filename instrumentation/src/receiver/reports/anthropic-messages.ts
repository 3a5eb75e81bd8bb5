import { parseBoundedJson } from '../bounded-json.ts';
import { occupancyOf } from './occupancy.ts';
import type { Adapted, IgnoredReason } from './observation.ts';
import { PayloadReader, type UntrustedObject } from './payload-reader.ts';

/** The request that a response answers: its headers by lower-case name, among them Claude Code's own. */
export interface MessagesRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * The parsed body of the request. It distinguishes Claude Code's background requests, such as the one for the session's
   * title, which carry the session's id but offer no tools. Only the presence of tools is read.
   */
  readonly body?: unknown;
}

/**
 * Reads the usage in the JSON of an Anthropic Messages response, exactly as the API counted it.
 *
 * A request of a subagent (`x-claude-code-agent-id`) becomes the subagent's usage, never the session's.
 *
 * Source: https://docs.anthropic.com/en/api/messages
 */
export function readAnthropicMessage(request: MessagesRequest, body: unknown): Adapted {
  const reader = new PayloadReader('gateway');
  const message = reader.payload(body);
  return message === undefined ? reader.adapted() : readMessage(request, message, reader);
}

function readMessage(
  { headers, body }: MessagesRequest,
  message: UntrustedObject,
  reader: PayloadReader,
): Adapted {
  const sessionId = reader.sessionId(headers['x-claude-code-session-id']);
  if (sessionId === undefined) return reader.adapted();
  if (body !== undefined && reader.list(reader.object(body)['tools']).length === 0) {
    reader.ignore('background_request');
    return reader.adapted();
  }
  const tokensUsed = occupancyOf(message['usage'], reader);
  if (tokensUsed === undefined) return reader.adapted();
  const requestId = reader.requestId(message['id']);
  const agent = reader.text(headers['x-claude-code-agent-id']);
  return reader.adapted([
    agent === undefined
      ? { sessionId, source: 'gateway', requestId, tokensUsed, model: reader.model(message['model']) }
      : { sessionId, source: 'gateway', requestId, subagent: { name: agent, tokensUsed } },
  ]);
}

/** Most bytes of one server-sent line; the two events that matter take less than 2 KiB. */
const longestLineBytes = 64 * 1_024;

/**
 * Reads the usage in a streamed Anthropic Messages response (`text/event-stream`). Push every chunk as it passes, then take
 * the result. It keeps at most one line and parses only `message_start` and `message_delta`.
 *
 * Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming
 *
 * @example
 * const stream = new AnthropicMessageStream({ headers: request.headers });
 * response.on('data', (chunk) => stream.push(chunk));
 * response.on('end', () => stream.result().observations.forEach((observation) => tracker.observe(observation)));
 */
export class AnthropicMessageStream {
  readonly #request: MessagesRequest;
  readonly #decoder = new TextDecoder();
  #line = '';
  #skipping = false;
  #message: Record<string, unknown> | undefined;
  #problem: IgnoredReason = 'missing_usage';

  constructor(request: MessagesRequest) {
    this.#request = request;
  }

  /** Takes the next bytes of the response. Never throws. */
  push(chunk: Uint8Array): void {
    const lines = this.#decoder.decode(chunk, { stream: true }).split(/[\r\n]/);
    for (const [index, text] of lines.entries()) {
      if (index > 0) this.#endLine();
      this.#append(text);
    }
  }

  /** The usage in the stream so far. */
  result(): Adapted {
    if (this.#message === undefined) {
      return { observations: [], ignored: [{ source: 'gateway', reason: this.#problem }] };
    }
    return readAnthropicMessage(this.#request, this.#message);
  }

  #append(text: string): void {
    this.#skipping ||= this.#line.length + text.length > longestLineBytes;
    this.#line = this.#skipping ? '' : this.#line + text;
  }

  #endLine(): void {
    if (!this.#skipping && /^data: ?\{.*"message_(start|delta)"/.test(this.#line))
      this.#read(this.#line.slice(5));
    this.#line = '';
    this.#skipping = false;
  }

  #read(json: string): void {
    try {
      const event = parseBoundedJson(Buffer.from(json)) as UntrustedObject;
      if (event['type'] === 'message_start') this.#start(event['message']);
      if (event['type'] === 'message_delta') this.#complete(event['usage']);
    } catch {
      this.#problem = 'unreadable';
    }
  }

  #start(message: unknown): void {
    if (typeof message !== 'object' || message === null) return;
    const { id, model, usage } = message as UntrustedObject;
    this.#message = { id, model, usage };
  }

  /**
   * Some gateways send zeros at the start and the figures at the end. The list of model calls comes at the end, too;
   * the totals beside it can be their sum, so they don't replace the figures of the start.
   */
  #complete(usage: unknown): void {
    if (this.#message === undefined || typeof usage !== 'object' || usage === null) return;
    const started = this.#message['usage'] as object | undefined;
    const isStarted = occupancyOf(started, new PayloadReader('gateway')) !== undefined;
    const { iterations } = usage as UntrustedObject;
    if (!isStarted) this.#message['usage'] = { ...started, ...usage };
    else if (iterations !== undefined) this.#message['usage'] = { ...started, iterations };
  }
}
