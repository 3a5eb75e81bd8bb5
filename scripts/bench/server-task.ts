import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createSubject, sawTooth, sessionIdOf, type SubjectName } from './subject.ts';
import type { Subject } from './subjects/subject.ts';

/** Options of {@link serve}. */
export interface ServeOptions {
  readonly subject: SubjectName;
  /** Live sessions before the first request. */
  readonly sessions: number;
  /** URL that the subject exports to every second. Default: no export. */
  readonly sinkUrl?: string | undefined;
}

/** Starts a Koa application with a subject. Returns the port. */
export async function serve({ subject: name, sessions, sinkUrl }: ServeOptions): Promise<number> {
  const subject = await createSubject(name, { sinkUrl });
  // Loaded after the subject, and with `require`, because auto-instrumentation only patches modules loaded after it.
  const require = createRequire(import.meta.url);
  const Koa = require('koa') as typeof import('koa');
  const { createServer } = require('node:http') as typeof import('node:http');
  const app = new Koa();
  const nextTokens = sawTooth();
  for (let index = 0; index < sessions; index += 1) subject.update(sessionIdOf(index), nextTokens());
  subject.install(app, nextTokens);
  const server = createServer(withScrape(subject, app.callback()));
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function withScrape({ scrape }: Subject, listener: RequestListener): RequestListener {
  if (scrape === undefined) return listener;
  return (request, response) => {
    if (request.url !== '/metrics') return listener(request, response);
    void scrape().then((text) => response.setHeader('content-type', 'text/plain').end(text));
  };
}
