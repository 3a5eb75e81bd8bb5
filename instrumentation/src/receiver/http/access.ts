import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RequestProblem } from '../request-problem.ts';

/** Who may ask. */
export interface AccessRules {
  /** Names that requests may be addressed to, beside those of this machine's loopback. */
  readonly hosts: readonly string[];
  /** What requests have to bear, or nothing. */
  readonly token?: string | undefined;
}

const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]']);
const openPaths = new Set(['/healthz', '/readyz']);

/**
 * Refuses what does not come from a program on this machine: a web page can make a browser post here, but not without an
 * `Origin`, and a name that an attacker points at 127.0.0.1 shows in `Host`.
 *
 * @throws RequestProblem 403, or 401 without the token; health checks need none
 */
export function checkAccess(headers: IncomingHttpHeaders, path: string, rules: AccessRules): void {
  const host = (headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!loopbackNames.has(host) && !rules.hosts.includes(host)) {
    throw new RequestProblem(403, 'host', 'a name of this machine’s loopback', headers.host);
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
