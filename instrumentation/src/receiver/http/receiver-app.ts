import Koa, { type Context } from 'koa';
import { warnRarely } from '../../diagnostics.ts';
import { checkAccess, type AccessRules } from './access.ts';
import { PageLogin } from './page-login.ts';
import type { SessionList, SourceList } from '../answers.ts';
import type { AlertInbox } from '../inbox/alert-inbox.ts';
import { readHook } from '../reports/hooks.ts';
import type { Adapted, Ignored, ReportSource } from '../reports/observation.ts';
import { readOtlpLogs, readOtlpLogsProtobuf } from '../reports/otlp-events.ts';
import { otlpBodyBytes, readBody, readJson } from './request-body.ts';
import type { QueuedEvents } from '../reports/queued-events.ts';
import { RequestProblem } from '../request-problem.ts';
import type { Nudges } from '../sessions/nudges.ts';
import type { SessionIntake } from '../sessions/session-intake.ts';
import { checkpointFrom, nameFrom, sessionIdFrom, usageFrom } from '../reports/session-requests.ts';
import { sessionView, waitingSessionView } from '../sessions/session-view.ts';
import { readStatusline } from '../reports/statusline.ts';

/** Options of {@link receiverApp}. */
export interface ReceiverAppOptions {
  /** Takes the reports. */
  readonly intake: SessionIntake;
  /** Says what sessions themselves are to read. */
  readonly nudges: Nudges;
  /** Takes Claude Code's events. */
  readonly events: QueuedEvents;
  /** Takes Alertmanager's notifications. */
  readonly inbox: AlertInbox;
  readonly access: AccessRules;
  /** Whether the receiver accepts reports; the answer of `/readyz`. */
  readonly isReady: () => boolean;
  /** Shows a notification on the desktop. Default: `/desktop` is not served. */
  readonly notify?: Notify | undefined;
  /** What is served beside. Default: nothing. */
  readonly page?: ReceiverPage | undefined;
}

/** Shows a notification on the desktop. Rejects with the reason if it cannot. */
export type Notify = (notification: {
  readonly title: string;
  readonly text: string;
  readonly isUrgent: boolean;
}) => Promise<void>;

/** A page that the receiver serves to browsers beside its own paths. */
export interface ReceiverPage {
  /** Whether a path is the page's; then requests of its own origin are let in. */
  readonly owns: (path: string) => boolean;
  /** Answers a request to one of its paths. */
  readonly handle: (ctx: Context) => Promise<void>;
}

type Handle = (ctx: Context, id: string) => unknown;

/**
 * Creates the receiver's Koa app. It takes Claude Code's own reports, and other programs' reports on their sessions.
 *
 * A report from Claude Code is refused only if it is not JSON, is too large or is not allowed. Unknown content is ignored and
 * counted.
 */
export function receiverApp(options: ReceiverAppOptions): Koa {
  const { intake, nudges, events, inbox, access, isReady, notify, page } = options;
  const routes: Routes = {
    ...routesTo(intake, isReady),
    '/v1/sessions/:id/nudge': { POST: (ctx, id) => nudge(ctx, nudges, id) },
    '/v1/logs': { POST: (ctx) => takeLogs(ctx, events) },
    '/alerts': inboxRoutes(inbox),
    ...(notify && { '/desktop': { POST: (ctx: Context) => showOnDesktop(ctx, notify) } }),
  };
  const app = new Koa();
  app.on('error', () => undefined);
  const login = page && access.token ? new PageLogin(access.token) : undefined;
  app.use(async (ctx, next) => {
    try {
      if (login && isSignIn(ctx, login)) return;
      checkAccess(ctx.headers, ctx.path, { ...access, isPage: page?.owns, login });
      // The page takes another `authorization` for the reader's own at the store.
      if (ctx.headers.authorization === `Bearer ${access.token}`) delete ctx.headers.authorization;
      await (page?.owns(ctx.path) ? page.handle(ctx) : next());
    } catch (error) {
      const ignored = refusedReport(ctx, error);
      if (ignored !== undefined) intake.accept({ observations: [], ignored: [ignored] });
      answerProblem(ctx, error);
      if (login && ctx.path === '/' && ctx.status === 401) askToSignIn(ctx);
    }
  });
  app.use(async (ctx) => {
    const { handle, id } = routeOf(ctx, routes);
    const answer = await handle(ctx, id);
    if (answer === undefined) ctx.status = 204;
    else ctx.body = answer;
  });
  return app;
}

/** Answers a link with a code. The link comes from a file or a terminal, so its request names no origin to check. */
function isSignIn(ctx: Context, login: PageLogin): boolean {
  const { code } = ctx.query;
  if (ctx.method !== 'GET' || ctx.path !== '/' || typeof code !== 'string') return false;
  if (login.takes(code, Date.now())) ctx.set('set-cookie', login.cookie(ctx.headers));
  ctx.set({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  ctx.redirect('/');
  return true;
}

function askToSignIn(ctx: Context): void {
  ctx.type = 'html';
  ctx.set({ 'cache-control': 'no-store', 'content-security-policy': "default-src 'none'" });
  ctx.body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>ctxd</title>
<h1>ctxd</h1><p>This browser is not signed in. Run this once, and the page opens:</p><pre>npm run stack:open -- --page</pre></html>
`;
}

type Routes = Readonly<Record<string, Readonly<Record<string, Handle>>>>;

function routesTo(intake: SessionIntake, isReady: () => boolean): Routes {
  const { registry } = intake;
  const report = (read: (payload: unknown) => Adapted) => async (ctx: Context) =>
    void intake.accept(read(await readJson(ctx.req)));
  const { tracker } = intake;
  const viewOf = (id: string) =>
    tracker.isWaiting(id)
      ? waitingSessionView(id, intake)
      : sessionView(existing(registry.get(id), id), intake);
  return {
    '/healthz': { GET: () => ({ status: 'ok' }) },
    '/readyz': {
      GET: (ctx) => {
        ctx.status = isReady() ? 200 : 503;
        return { status: isReady() ? 'ready' : 'not ready' };
      },
    },
    '/claude-code/statusline': { POST: report(readStatusline) },
    '/claude-code/subagent-statusline': { POST: report(readStatusline) },
    '/claude-code/hooks': { POST: report(readHook) },
    '/v1/sources': { GET: (): SourceList => ({ sources: intake.sources() }) },
    '/v1/sessions': {
      GET: (): SessionList => ({
        sessions: [
          ...registry.activeSessions().map((session) => sessionView(session, intake)),
          ...Array.from(intake.tracker.waiting(), (id) => waitingSessionView(id, intake)),
        ],
      }),
    },
    '/v1/sessions/:id': {
      GET: (_, id) => viewOf(id),
      PATCH: async (ctx, id) => {
        if (!tracker.isWaiting(id)) existing(registry.get(id), id);
        intake.accept({ observations: [nameFrom(id, await readJson(ctx.req))], ignored: [] });
      },
      DELETE: (_, id) => {
        existing(registry.get(id), id);
        intake.accept({ observations: [{ sessionId: id, source: 'api', ended: true }], ignored: [] });
      },
    },
    '/v1/sessions/:id/usage': {
      POST: async (ctx, id) => {
        const observation = usageFrom(id, await readJson(ctx.req));
        if (intake.accept({ observations: [observation], ignored: [] })) return undefined;
        ctx.set('retry-after', '1');
        ctx.status = 429;
        return new RequestProblem(429, 'id', 'a known session, because too many are new', id).toJSON();
      },
    },
    '/v1/sessions/:id/checkpoints': {
      POST: async (ctx, id) => {
        existing(registry.get(id), id);
        intake.recordCheckpoint(id, checkpointFrom(await readJson(ctx.req)));
      },
    },
  };
}

/** A report that was refused, with its reason, to be counted. Questions, and requests from strangers, are no reports. */
function refusedReport({ method, path }: Context, error: unknown): Ignored | undefined {
  const source = [...sources].find(([start]) => path.startsWith(start))?.[1];
  if (source === undefined || method === 'GET' || method === 'HEAD') return undefined;
  if (!(error instanceof RequestProblem) || ![400, 413, 415, 429].includes(error.status)) return undefined;
  if (error.status === 413) return { source, reason: 'too_large' };
  if (error.status === 429) return { source, reason: 'too_slow' };
  if (error.field === 'id') return { source, reason: 'invalid_session_id' };
  const isUnreadable = error.field === 'body' || error.status === 415;
  return { source, reason: isUnreadable ? 'unreadable' : 'out_of_range' };
}

const sources = new Map<string, ReportSource>([
  ['/claude-code/statusline', 'statusline'],
  ['/claude-code/subagent-statusline', 'statusline'],
  ['/claude-code/hooks', 'hook'],
  ['/v1/logs', 'otlp'],
  ['/v1/sessions/', 'api'],
  ['/alerts', 'alerts'],
]);

function inboxRoutes(inbox: AlertInbox): Routes[string] {
  return {
    GET: (ctx) => inbox.view(Number(ctx.query['after']) || 0),
    POST: async (ctx) => inbox.accept(await readJson(ctx.req)),
  };
}

/** The texts are in the query, where Alertmanager's templates fill them in. 422 ends its attempts. */
async function showOnDesktop(ctx: Context, notify: Notify): Promise<string | undefined> {
  const { title, message, priority } = Object.fromEntries(ctx.URL.searchParams);
  ctx.req.resume();
  try {
    // A resolved alert of one session has no text of its own.
    const text = message === undefined || message === title ? '' : message;
    await notify({ title: title ?? '', text, isUrgent: priority === '5' });
    return undefined;
  } catch (error) {
    ctx.status = 422;
    return (error as Error).message;
  }
}

/** A sentence that does not arrive is due again at the next prompt. */
function nudge({ res }: Context, nudges: Nudges, id: string): string | undefined {
  const due = nudges.due(id);
  if (due !== undefined) res.once('finish', due.delivered);
  return due?.text;
}

async function takeLogs(ctx: Context, events: QueuedEvents): Promise<unknown> {
  if (ctx.is('application/x-protobuf')) {
    events.accept(readOtlpLogsProtobuf(await readBody(ctx.req, otlpBodyBytes)));
    ctx.status = 200;
    ctx.type = 'application/x-protobuf';
    return Buffer.alloc(0);
  }
  if (!ctx.is('application/json')) {
    const type = ctx.get('content-type');
    throw new RequestProblem(415, 'content-type', '`application/json` or `application/x-protobuf`', type);
  }
  events.accept(readOtlpLogs(await readJson(ctx.req, otlpBodyBytes)));
  return {};
}

function routeOf(ctx: Context, routes: Routes): { handle: Handle; id: string } {
  const [, id = '', rest = ''] = /^\/v1\/sessions\/([^/]+)(\/[^/]+)?$/.exec(ctx.path) ?? [];
  const template = id === '' ? ctx.path : `/v1/sessions/:id${rest}`;
  const methods = Object.hasOwn(routes, template) ? routes[template] : undefined;
  if (methods === undefined) throw new RequestProblem(404, 'path', 'a known path', ctx.path);
  const handle = methods[ctx.method === 'HEAD' ? 'GET' : ctx.method];
  if (handle !== undefined) return { handle, id: id && sessionIdFrom(decoded(id)) };
  const allowed = Object.keys(methods).join(', ');
  ctx.set('allow', allowed);
  throw new RequestProblem(405, 'method', `one of ${allowed}`, ctx.method);
}

/** A part of a path without its percent-encoding. @throws RequestProblem 400 if the encoding is broken */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RequestProblem(400, 'id', 'percent-encoded UTF-8', part);
  }
}

function existing<Session>(session: Session | undefined, id: string): Session {
  if (session !== undefined) return session;
  throw new RequestProblem(404, 'id', 'a session with reported usage', id);
}

/** Lets a client that is still sending read the response, then closes the connection. */
function discardRest(ctx: Context): void {
  ctx.set('connection', 'close');
  ctx.req.resume();
}

function answerProblem(ctx: Context, error: unknown): void {
  if (error instanceof RequestProblem) {
    ctx.status = error.status;
    ctx.body = error.toJSON();
    if (error.status === 413 || error.status === 429) discardRest(ctx);
    if (error.status === 429) ctx.set('retry-after', '1');
    return;
  }
  // Only the error's kind, because its message can quote the body.
  const kind = error instanceof Error ? error.name : typeof error;
  warnRarely('receiver', `a request to ${ctx.method} failed: ${kind}`);
  ctx.status = 500;
  ctx.body = { error: { message: `The receiver failed: ${kind}` } };
}
