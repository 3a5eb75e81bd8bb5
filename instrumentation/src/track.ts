import type { IncomingMessage, ServerResponse } from 'node:http';
import { expectOptions, optionalText, type OptionChecks } from './expectation.ts';
import { afterResponse, SessionRequest, type RequestContextWindow } from './request-context-window.ts';
import { requestOptionChecks, type RequestOptions } from './request-options.ts';
import { sessionIdSources } from './session-id.ts';

/** Options of {@link track}. */
export interface TrackOptions extends RequestOptions {
  /** The parsed body, in which an MCP session may be named. Default: `req.body` when the id is first needed. */
  readonly body?: unknown;
  /** The template of the route, such as `/sessions/:id`, never the path. Default: the route of Express, else none. */
  readonly route?: string;
}

const optionChecks: OptionChecks<TrackOptions> = {
  ...requestOptionChecks,
  body: () => undefined,
  route: optionalText,
};

const tracked = new WeakMap<IncomingMessage, RequestContextWindow>();

/**
 * Identifies the session of a request to any server on Node's `http`, such as Express, Fastify or Hono. Call it once or more
 * for each request: only the first call counts.
 *
 * It does for one request what the middleware does for each on Koa.
 *
 * @param req the request as Node received it
 * @param res its response; the request is recorded when it closes
 * @throws TypeError or RangeError naming the invalid option
 * @example
 * createServer((req, res) => {
 *   track(req, res, { registry }).report({ tokensUsed: 142_000 });
 *   res.end();
 * });
 */
export function track(
  req: IncomingMessage,
  res: ServerResponse,
  options: TrackOptions,
): RequestContextWindow {
  const known = tracked.get(req);
  if (known !== undefined) return known;
  const { registry, sessionIdSources: sources = sessionIdSources } = expectOptions(
    'track',
    options,
    optionChecks,
  );
  const startedMillis = performance.now();
  const parsed = options.body === undefined ? req : options;
  const session = new SessionRequest(registry, { request: req, parsed, sources });
  tracked.set(req, session);
  afterResponse(res, () => {
    if (options.recordDuration !== false) record(req, res, options, startedMillis);
    registry.touch(session.sessionId);
  });
  return session;
}

function record(
  req: IncomingMessage,
  res: ServerResponse,
  options: TrackOptions,
  startedMillis: number,
): void {
  options.registry.requestDurations.record(
    {
      method: req.method ?? '',
      statusCode: res.statusCode,
      route: options.route ?? expressRoute(req),
      scheme: 'encrypted' in req.socket ? 'https' : 'http',
    },
    (performance.now() - startedMillis) / 1_000,
  );
}

/** Express sets `req.route` once a route has matched. */
function expressRoute(req: IncomingMessage): string | undefined {
  const { route, baseUrl = '' } = req as { route?: { path?: unknown }; baseUrl?: string };
  return typeof route?.path === 'string' ? `${baseUrl}${route.path}` : undefined;
}
