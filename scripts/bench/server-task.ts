import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createSubject, sawTooth, sessionIdOf, type SubjectName } from './subject.ts';
import type { Subject } from './subjects/subject.ts';

/** What a server is started with. */
export interface ServeOptions {
  readonly subject: SubjectName;
  /** Live sessions before the first request. */
  readonly sessions: number;
  /** Where the subject exports to each second. Default: no export. */
  readonly sinkUrl?: string | undefined;
}

/** Serves a subject in a Koa application. Returns the port. */
export async function serve({ subject: name, sessions, sinkUrl }: ServeOptions): Promise<number> {
  const subject = await createSubject(name, { sinkUrl });
  // After the subject, and by `require`: auto-instrumentation patches what is loaded after it.
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
