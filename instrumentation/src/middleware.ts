import type { Middleware, ParameterizedContext } from 'koa';
import { warnRarely } from './diagnostics.ts';
import { expectOptions, optionalFunction, type OptionChecks } from './expectation.ts';
import type { SessionRegistry } from './registry.ts';
import { afterResponse, SessionRequest, type RequestContextWindow } from './request-context-window.ts';
import { requestOptionChecks, type RequestOptions } from './request-options.ts';
import { sessionIdSources } from './session-id.ts';
import type { Usage } from './usage.ts';

/** Options of {@link contextWindow}. */
export interface ContextWindowOptions extends RequestOptions {
  /**
   * Reads the usage from the context after the response, for applications that keep it there.
   * Returns `undefined` if there is none. An error that it throws goes to OpenTelemetry's `diag`.
   */
  readonly readUsage?: (ctx: ParameterizedContext) => Usage | undefined;
}

/** The state that {@link contextWindow} adds to Koa's. */
export interface ContextWindowState {
  contextWindow: RequestContextWindow;
}

const optionChecks: OptionChecks<ContextWindowOptions> = {
  ...requestOptionChecks,
  readUsage: optionalFunction('Give a function that takes `ctx` and returns `{ tokensUsed }`.'),
};

/**
 * Creates Koa middleware that identifies the Claude Code session of each request and lets handlers report its context
 * window.
 *
 * The middleware awaits `next()` exactly once and changes neither its result, nor its error, nor the response.
 *
 * @throws TypeError or RangeError naming the invalid option, at construction only
 * @example
 * const registry = new SessionRegistry();
 * app.use(contextWindow({ registry }));
 * app.use((ctx) => {
 *   ctx.state.contextWindow.report({ tokensUsed: 142_000 });
 *   ctx.status = 204;
 * });
 */
export function contextWindow(options: ContextWindowOptions): Middleware<ContextWindowState> {
  const {
    registry,
    recordDuration = true,
    readUsage,
    sessionIdSources: sources = sessionIdSources,
  } = expectOptions('contextWindow', options, optionChecks);

  return async function contextWindow(ctx, next) {
    if (ctx.state.contextWindow instanceof SessionRequest) return next();
    const startedMillis = performance.now();
    const session = new SessionRequest(registry, { request: ctx.req, parsed: ctx.request, sources });
    ctx.state.contextWindow = session;
    afterResponse(ctx.res, () => {
      if (recordDuration) record(ctx, registry, startedMillis);
      if (readUsage !== undefined) reportRead(ctx, readUsage, session);
      registry.touch(session.sessionId);
    });
    return next();
  };
}

function reportRead(
  ctx: ParameterizedContext,
  readUsage: NonNullable<ContextWindowOptions['readUsage']>,
  session: RequestContextWindow,
): void {
  try {
    const usage = readUsage(ctx);
    if (usage !== undefined) session.report(usage);
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
