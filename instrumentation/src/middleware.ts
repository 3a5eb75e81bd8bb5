import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Middleware, ParameterizedContext } from 'koa';
import { connectionName } from './connection.ts';
import { warnRarely } from './diagnostics.ts';
import { optionError } from './expectation.ts';
import { SessionRegistry } from './registry.ts';
import {
  identifySession,
  sessionIdSources,
  type Identification,
  type SessionIdRequest,
  type SessionIdSource,
} from './session-id.ts';
import type { Checkpoint, Refusal, Usage } from './usage.ts';

/** Options of {@link contextWindow}. */
export interface ContextWindowOptions {
  /** Keeps the sessions. Pass the same one to the telemetry. */
  readonly registry: SessionRegistry;
  /** Sources of a session id; the first one with an id wins. Default: the exported `sessionIdSources`. */
  readonly sessionIdSources?: readonly SessionIdSource[];
  /**
   * Reads the usage from the context after the response, for applications that keep it there.
   * Returns `undefined` if there is none. An error that it throws goes to OpenTelemetry's `diag`.
   */
  readonly readUsage?: (ctx: ParameterizedContext) => Usage | undefined;
  /**
   * Whether to record `http.server.request.duration`. Default `true`. Turn it off if OpenTelemetry's HTTP
   * instrumentation records it already.
   */
  readonly recordDuration?: boolean;
}

/** The value of `ctx.state.contextWindow`. Its members never throw. */
export interface RequestContextWindow {
  /** The session of this request, or `unknown`. Read it after the body parser: the first read decides. */
  readonly sessionId: string;
  /** The source of the id, such as `x-claude-code-session-id` or `connection`; `none` for `unknown`. */
  readonly sessionIdSource: string;
  /** Reports the session's current usage. Returns whether it was accepted; OpenTelemetry's `diag` says why not. */
  report(usage: Usage): boolean;
  /** Records a checkpoint of the session. Returns whether it was accepted, as `report` does. */
  checkpoint(checkpoint: Checkpoint): boolean;
  /** Ends the session. Returns whether it was live. */
  end(): boolean;
}

/** The state that {@link contextWindow} adds to Koa's. */
export interface ContextWindowState {
  contextWindow: RequestContextWindow;
}

/**
 * Creates Koa middleware that identifies the Claude Code session of each request and lets handlers report its context
 * window.
 *
 * The middleware awaits `next()` exactly once and changes neither its result, nor its error, nor the response.
 *
 * @throws TypeError naming the invalid option, at construction only
 * @example
 * const registry = new SessionRegistry();
 * app.use(contextWindow({ registry }));
 * app.use((ctx) => {
 *   ctx.state.contextWindow.report({ tokensUsed: 142_000 });
 *   ctx.status = 204;
 * });
 */
export function contextWindow(options: ContextWindowOptions): Middleware<ContextWindowState> {
  const { registry, recordDuration = true, readUsage } = expectOptions(options);
  const sources = options.sessionIdSources ?? sessionIdSources;

  return async function contextWindow(ctx, next) {
    if (ctx.state.contextWindow instanceof Reporter) return next();
    const startedMillis = performance.now();
    const reporter = new Reporter(ctx, registry, sources);
    ctx.state.contextWindow = reporter;
    afterResponse(ctx.res, () => {
      if (recordDuration) record(ctx, registry, startedMillis);
      if (readUsage !== undefined) reportRead(ctx, readUsage, reporter);
      registry.touch(reporter.sessionId);
    });
    return next();
  };
}

/** Runs a function after the response was sent or aborted. An error never reaches the application. */
function afterResponse(response: ServerResponse, run: () => void): void {
  response.on('close', () => {
    try {
      run();
    } catch (error) {
      warnRarely('after-response', `recording a request failed: ${String(error)}`);
    }
  });
}

function reportRead(
  ctx: ParameterizedContext,
  readUsage: NonNullable<ContextWindowOptions['readUsage']>,
  reporter: Reporter,
): void {
  try {
    const usage = readUsage(ctx);
    if (usage !== undefined) reporter.report(usage);
  } catch (error) {
    warnRarely('read-usage', `the \`readUsage\` option threw: ${String(error)}`);
  }
}

function record(ctx: ParameterizedContext, registry: SessionRegistry, startedMillis: number): void {
  const route: unknown = ctx['_matchedRoute'];
  registry.requestDurations.record(
    {
      method: ctx.method,
      statusCode: ctx.res.statusCode,
      route: typeof route === 'string' ? route : undefined,
      scheme: ctx.protocol,
    },
    (performance.now() - startedMillis) / 1_000,
  );
}

class Reporter implements RequestContextWindow {
  readonly #ctx: ParameterizedContext;
  readonly #registry: SessionRegistry;
  readonly #sources: readonly SessionIdSource[];
  #identification: Identification | undefined;

  constructor(ctx: ParameterizedContext, registry: SessionRegistry, sources: readonly SessionIdSource[]) {
    this.#ctx = ctx;
    this.#registry = registry;
    this.#sources = sources;
  }

  get sessionId(): string {
    return this.#identify().sessionId;
  }

  get sessionIdSource(): string {
    return this.#identify().source;
  }

  report(usage: Usage): boolean {
    return accepted(this.#registry.update(this.sessionId, usage));
  }

  checkpoint(checkpoint: Checkpoint): boolean {
    return accepted(this.#registry.recordCheckpoint(this.sessionId, checkpoint));
  }

  end(): boolean {
    return this.#registry.end(this.sessionId);
  }

  #identify(): Identification {
    if (this.#identification !== undefined) return this.#identification;
    this.#identification = identifySession(new RequestView(this.#ctx), this.#sources);
    for (const reason of this.#identification.refusals) this.#registry.sessionIdsRefused.increment(reason);
    return this.#identification;
  }
}

/** A class, because a getter in an object literal costs each request a microsecond. */
class RequestView implements SessionIdRequest {
  readonly headers: SessionIdRequest['headers'];
  readonly body: unknown;
  readonly #socket: Socket;

  constructor({ req, request }: ParameterizedContext) {
    this.headers = req.headers;
    this.body = (request as { body?: unknown }).body;
    this.#socket = req.socket;
  }

  get connection(): string {
    return connectionName(this.#socket);
  }
}

function accepted(refusal: Refusal | undefined): boolean {
  if (refusal !== undefined) warnRarely(`usage-${refusal.reason}`, refusal.message);
  return refusal === undefined;
}

function expectOptions(options: ContextWindowOptions): ContextWindowOptions {
  const { registry, sessionIdSources: sources, readUsage } = options ?? {};
  if (!(registry instanceof SessionRegistry)) {
    throw optionError(
      'registry',
      'a SessionRegistry',
      registry,
      'Create one: `contextWindow({ registry: new SessionRegistry() })`.',
    );
  }
  if (
    sources !== undefined &&
    !(Array.isArray(sources) && sources.every((source) => typeof source?.read === 'function'))
  ) {
    throw optionError(
      'sessionIdSources',
      'a list of { name, read }',
      sources,
      'Start from the exported `sessionIdSources`.',
    );
  }
  if (readUsage !== undefined && typeof readUsage !== 'function') {
    throw optionError(
      'readUsage',
      'a function',
      readUsage,
      'Give a function that takes `ctx` and returns `{ tokensUsed }`.',
    );
  }
  return options;
}
