import type { IncomingHttpHeaders } from 'node:http';
import { isSame, type PageLogin } from './page-login.ts';
import { RequestProblem } from '../request-problem.ts';

/** Who may send requests. */
export interface AccessRules {
  /** Host names that requests may use besides those of loopback, in lower case. */
  readonly hosts: readonly string[];
  /** The bearer token that requests must carry; `undefined` for none. */
  readonly token?: string | undefined;
  /** Whether a path belongs to a page that the receiver serves to browsers. Default: none does. */
  readonly isPage?: ((path: string) => boolean) | undefined;
  /** Signs browsers in to that page. Default: it needs the token, too. */
  readonly login?: PageLogin | undefined;
}

const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]']);
const openPaths = new Set(['/healthz', '/readyz']);

/**
 * Refuses requests that do not come from a program on this machine. A web page can make a browser send requests here, but
 * the browser adds an `Origin`. A name that an attacker points at 127.0.0.1 shows in `Host`. A page that the receiver serves
 * may request its own paths, and a link may lead to it.
 *
 * @throws RequestProblem 403; 401 without the token, which health checks and signed-in browsers do not need
 */
export function checkAccess(headers: IncomingHttpHeaders, path: string, rules: AccessRules): void {
  const host = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!loopbackNames.has(host) && !rules.hosts.includes(host)) {
    throw new RequestProblem(403, 'host', 'a loopback name', headers.host);
  }
  const isPage = rules.isPage?.(path) ?? false;
  if (headers.origin !== undefined && !(isPage && isOwnOrigin(headers))) {
    throw new RequestProblem(403, 'origin', isPage ? 'the page’s own' : 'absent', headers.origin);
  }
  const site = headers['sec-fetch-site'];
  const isOwn = isPage && (site === 'same-origin' || (path === '/' && isLink(headers)));
  if (site !== undefined && site !== 'none' && !isOwn) {
    throw new RequestProblem(403, 'sec-fetch-site', 'absent or `none`', site);
  }
  if (rules.token === undefined || openPaths.has(path)) return;
  if (isPage && rules.login?.isSignedIn(headers)) return;
  if (!isSame(headers.authorization ?? '', `Bearer ${rules.token}`)) {
    throw new RequestProblem(401, 'authorization', 'the bearer token of this receiver', 'something else');
  }
}

function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** Whether the browser follows a link: then no other page sees the answer. */
function isLink(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}
