import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RequestProblem } from '../request-problem.ts';

/** Who may send requests. */
export interface AccessRules {
  /** Host names that requests may use besides those of loopback, in lower case. */
  readonly hosts: readonly string[];
  /** The bearer token that requests must carry; `undefined` for none. */
  readonly token?: string | undefined;
}

const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]']);
const openPaths = new Set(['/healthz', '/readyz']);

/**
 * Refuses requests that do not come from a program on this machine. A web page can make a browser send requests here, but
 * the browser adds an `Origin`. A name that an attacker points at 127.0.0.1 shows in `Host`.
 *
 * @throws RequestProblem 403; 401 without the token, which health checks do not need
 */
export function checkAccess(headers: IncomingHttpHeaders, path: string, rules: AccessRules): void {
  const host = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!loopbackNames.has(host) && !rules.hosts.includes(host)) {
    throw new RequestProblem(403, 'host', 'a loopback name', headers.host);
  }
  if (headers.origin !== undefined) throw new RequestProblem(403, 'origin', 'absent', headers.origin);
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'none') {
    throw new RequestProblem(403, 'sec-fetch-site', 'absent or `none`', site);
  }
  if (rules.token === undefined || openPaths.has(path)) return;
  if (!isSame(headers.authorization ?? '', `Bearer ${rules.token}`)) {
    throw new RequestProblem(401, 'authorization', 'the bearer token of this receiver', 'something else');
  }
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
