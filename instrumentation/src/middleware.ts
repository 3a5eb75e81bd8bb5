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

/** How {@link contextWindow} works. */
export interface ContextWindowOptions {
  /** Where sessions are kept; give the same one to the telemetry. */
  readonly registry: SessionRegistry;
  /** Where a session id is looked for, first match first. Default: `sessionIdSources`. */
  readonly sessionIdSources?: readonly SessionIdSource[];
  /**
   * Reads the usage from the context once the response is over, for applications that have it there anyway.
   * Returns `undefined` where there is none. What it throws goes to OpenTelemetry's `diag`.
   */
  readonly readUsage?: (ctx: ParameterizedContext) => Usage | undefined;
  /**
   * Whether to record `http.server.request.duration`. Default `true`; turn it off where OpenTelemetry's HTTP
   * instrumentation records it already.
   */
  readonly recordDuration?: boolean;
}

/** What handlers find in `ctx.state.contextWindow`. Nothing here ever throws. */
export interface RequestContextWindow {
  /** The session of this request, or `unknown`. Decided when first asked for: a body parser has to come before. */
  readonly sessionId: string;
  /** Which source had the id, such as `x-claude-code-session-id` or `connection`; `none` for `unknown`. */
  readonly sessionIdSource: string;
  /** Reports what the session uses now. Returns whether it was accepted; why not goes to OpenTelemetry's `diag`. */
  report(usage: Usage): boolean;
  /** Records a checkpoint of the session. Returns whether it was accepted. */
  checkpoint(checkpoint: Checkpoint): boolean;
  /** Ends the session. Returns whether there was one. */
  end(): boolean;
}

/** The state that {@link contextWindow} adds to Koa's. */
export interface ContextWindowState {
  contextWindow: RequestContextWindow;
}

/**
 * Koa middleware that tells Claude Code sessions apart and lets handlers report their context window.
 *
 * It awaits what comes after it exactly once and changes neither its result, nor its error, nor the response.
 *
 * @throws TypeError when an option is wrong, at construction only
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

/** Runs once the response was sent or given up; what it throws never reaches the application. */
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

/** A class, because an accessor in an object literal costs each request a microsecond. */
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
      'Give a function from `ctx` to `{ tokensUsed }`.',
    );
  }
  return options;
}
