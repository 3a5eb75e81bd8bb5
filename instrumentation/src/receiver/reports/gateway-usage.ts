import { pipeline, Readable, Transform } from 'node:stream';
import type { Middleware, ParameterizedContext } from 'koa';
import { expectOptions, optionError } from '../../expectation.ts';
import { parseBoundedJson } from '../bounded-json.ts';
import { AnthropicMessageStream, readAnthropicMessage, type MessagesRequest } from './anthropic-messages.ts';
import type { Adapted } from './observation.ts';

/** Options of {@link gatewayUsage}. */
export interface GatewayUsageOptions {
  /** Receives the usage of each response. Must not throw; `SessionIntake.accept` does not. */
  readonly accept: (adapted: Adapted) => void;
}

/**
 * Koa middleware for a gateway in front of the Anthropic API: reads the usage in the Messages responses that pass through,
 * JSON or streamed, and changes nothing in them.
 *
 * Mount it after middleware that compresses: a compressed response cannot be read and is counted as unreadable. Requests
 * without Claude Code's session header are ignored.
 *
 * @throws TypeError naming the invalid option, at construction only
 * @example
 * const registry = new SessionRegistry();
 * const intake = new SessionIntake(registry, new SessionTracker());
 * app.use(gatewayUsage({ accept: (adapted) => intake.accept(adapted) }));
 * startTelemetry({ registry, series: [() => intake.series()] });
 */
export function gatewayUsage(options: GatewayUsageOptions): Middleware {
  const { accept } = expectOptions('gatewayUsage', options, {
    accept: (option, value) => {
      const remedy = 'Pass `(adapted) => intake.accept(adapted)`.';
      if (typeof value !== 'function') throw optionError(option, 'a function', value, remedy);
    },
  });
  return async function gatewayUsage(ctx, next) {
    await next();
    const isMessage = ctx.status === 200 && ctx.path.endsWith('/v1/messages');
    if (isMessage && ctx.headers['x-claude-code-session-id'] !== undefined) watchBody(ctx, accept);
  };
}

interface Reading {
  push(chunk: Uint8Array): void;
  result(): Adapted;
}

function watchBody(ctx: ParameterizedContext, accept: GatewayUsageOptions['accept']): void {
  const { headers, body: requestBody } = ctx.request as typeof ctx.request & { body?: unknown };
  const request: MessagesRequest = { headers, body: requestBody };
  const { body } = ctx;
  if (ctx.response.get('content-encoding')) return accept(unreadable);
  const stream = streamOf(body);
  if (stream === undefined) return accept(readBody(request, body));
  const reading = ctx.response.is('json') ? new JsonReading(request) : new AnthropicMessageStream(request);
  const length = ctx.response.get('content-length');
  ctx.body = watched(stream, reading, accept);
  // Koa drops the length when the body is set; the new body is as long as the old one.
  if (length) ctx.set('content-length', length);
}

function streamOf(body: unknown): Readable | undefined {
  const inner: unknown = body instanceof Response ? body.body : body;
  if (inner instanceof Readable) return inner;
  return inner instanceof ReadableStream ? Readable.fromWeb(inner) : undefined;
}

/** Passes the bytes on and reads them. A response that is cut off is not reported. */
function watched(body: Readable, reading: Reading, accept: GatewayUsageOptions['accept']): Readable {
  const watch = new Transform({
    transform(chunk: Buffer, _, passOn) {
      reading.push(chunk);
      passOn(null, chunk);
    },
    flush(end) {
      accept(reading.result());
      end();
    },
  });
  return pipeline(body, watch, () => undefined);
}

/** A body as Koa accepts it: text, bytes, or an object that Koa sends as JSON. */
function readBody(request: MessagesRequest, body: unknown): Adapted {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return readAnthropicMessage(request, body);
  const reading = new JsonReading(request);
  reading.push(Buffer.from(body));
  return reading.result();
}

const longestJsonBytes = 4 * 1_024 * 1_024;

/** A JSON response that arrives in pieces. It is not read if it is larger than 4 MiB. */
class JsonReading implements Reading {
  readonly #request: MessagesRequest;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(request: MessagesRequest) {
    this.#request = request;
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#chunks = this.#bytes > longestJsonBytes ? [] : [...this.#chunks, chunk];
  }

  result(): Adapted {
    try {
      return readAnthropicMessage(this.#request, parseBoundedJson(Buffer.concat(this.#chunks)));
    } catch {
      return unreadable;
    }
  }
}

const unreadable: Adapted = { observations: [], ignored: [{ source: 'gateway', reason: 'unreadable' }] };
