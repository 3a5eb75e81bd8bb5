import { randomBytes, timingSafeEqual } from 'node:crypto';
import { json } from 'node:stream/consumers';
import type { Context } from 'koa';
import { type Asset, loadAssets } from './assets.ts';
import { changes } from './changes.ts';
import { PageFeed } from './page-feed.ts';
import { PageProblem } from './page-problem.ts';
import { PageReader } from './page-reader.ts';
import type { PageOptions } from './servers.ts';
import { readPastSessions, readSessionPast } from './session-past.ts';

/** The web page that the receiver serves. */
export interface WebPage extends Disposable {
  /** Whether a path belongs to the page. */
  readonly owns: (path: string) => boolean;
  /** Responds to a request to one of its paths. */
  readonly handle: (ctx: Context) => Promise<void>;
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const headers = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

/** The most readers at once; each `authorization` is one reader. */
const mostFeeds = 100;
const mostBodyBytes = 16_384;
const mostSpanSeconds = 400 * 86_400;

/**
 * Creates the page: its files, its live data as server-sent events, and the changes it can make.
 *
 * If a request has an `authorization` header, as behind a team's gate, queries to the store use the same header. Readers
 * then see only the sessions that the store returns for it.
 */
export function webPage(options: PageOptions): WebPage {
  const token = randomBytes(24).toString('base64url');
  const assets = loadAssets();
  const feeds = new Map<string, PageFeed>();
  const feedOf = (authorization = '') => {
    const known = feeds.get(authorization);
    if (known !== undefined) return known;
    for (const [key, feed] of feeds) if (feeds.size >= mostFeeds && feed.isIdle) feeds.delete(key);
    if (feeds.size >= mostFeeds) throw new PageProblem(503, 'Too many people have the page open.');
    const reader = new PageReader(options, authorization || undefined);
    const feed = new PageFeed(reader, options.intervalMillis ?? 2_000);
    feeds.set(authorization, feed);
    return feed;
  };
  const page = { options, token, assets, feedOf };
  return {
    owns: (path) => path === '/' || path.startsWith('/page/'),
    handle: async (ctx) => {
      ctx.set(headers);
      try {
        await answer(ctx, page);
      } catch (error) {
        ctx.status = error instanceof PageProblem ? error.status : 502;
        ctx.body = { error: error instanceof Error ? error.message : String(error) };
      }
    },
    [Symbol.dispose]: () => {
      for (const feed of feeds.values()) feed[Symbol.dispose]();
    },
  };
}

interface Page {
  readonly options: PageOptions;
  readonly token: string;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly feedOf: (authorization?: string) => PageFeed;
}

async function answer(ctx: Context, page: Page): Promise<void> {
  const asset = page.assets.get(ctx.path);
  const read = reads[ctx.path];
  const change = changes[ctx.path];
  if (ctx.method === 'POST' && change !== undefined) return await answerChange(ctx, page, change);
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw new PageProblem(405, 'Expected GET');
  if (asset !== undefined) answerAsset(ctx, asset);
  else if (ctx.path === '/page/events') await answerEvents(ctx, page);
  else if (read !== undefined) ctx.body = await read(ctx, page);
  else throw new PageProblem(404, 'This page does not exist.');
}

function answerAsset(ctx: Context, { type, body, packed, etag }: Asset): void {
  ctx.set({ 'content-type': type, etag, vary: 'accept-encoding' });
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  const isPacked = ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (isPacked) ctx.set('content-encoding', 'gzip');
  ctx.body = isPacked ? packed : body;
}

async function answerEvents(ctx: Context, { feedOf, token }: Page): Promise<void> {
  ctx.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  ctx.body = await feedOf(ctx.headers.authorization).open(`event: token\ndata: ${token}\n\n`);
}

const reads: Readonly<Record<string, (ctx: Context, page: Page) => Promise<unknown>>> = {
  '/page/session': async (ctx, { options }) =>
    await readSessionPast(storeOf(ctx, options), {
      id: String(ctx.query['id'] ?? ''),
      span: spanOf(ctx),
      thresholds: options.thresholds,
    }),
  '/page/past': async (ctx, { options }) => ({
    sessions: await readPastSessions(storeOf(ctx, options), spanOf(ctx), options.thresholds),
  }),
};

function storeOf({ headers: { authorization } }: Context, { servers: { store } }: PageOptions) {
  return authorization === undefined ? store : { url: store.url, authorization };
}

function spanOf({ query }: Context) {
  const [startSeconds, endSeconds] = [Number(query['from']), Number(query['to'])];
  const seconds = endSeconds - startSeconds;
  if (seconds > 0 && seconds <= mostSpanSeconds) return { startSeconds, endSeconds };
  throw new PageProblem(400, 'Expected `from` to be before `to`, in Unix seconds');
}

async function answerChange(
  ctx: Context,
  { options: { servers }, token, feedOf }: Page,
  change: (typeof changes)[string],
): Promise<void> {
  if (!isSame(ctx.get('x-ctxd-token'), token)) {
    throw new PageProblem(403, 'The receiver has restarted since this page was loaded: reload the page.');
  }
  if (Number(ctx.get('content-length') || mostBodyBytes + 1) > mostBodyBytes) {
    throw new PageProblem(413, `Expected a body of at most ${mostBodyBytes} bytes`);
  }
  const request = await json(ctx.req).catch(() => undefined);
  if (typeof request !== 'object' || request === null) throw new PageProblem(400, 'Expected a JSON object');
  const feed = feedOf(ctx.headers.authorization);
  const isRestricted = ctx.headers.authorization !== undefined;
  const maySee = (id: string) => !isRestricted || feed.sessions.has(id);
  ctx.body = (await change(request as Record<string, unknown>, { servers, maySee })) ?? {};
  await feed.refreshSilences();
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
