import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Milliseconds in which a link to the page must be opened. */
const linkMillis = 60_000;
/** Seconds that a browser stays signed in: the most that browsers allow. */
const cookieSeconds = 400 * 86_400;

/**
 * The query of a link that signs a browser in to the page, such as `?code=…`. It works once, within a minute.
 *
 * @param token - the receiver's token
 * @param nowMillis - Unix milliseconds
 */
export function signInQuery(token: string, nowMillis: number): string {
  const expires = String(nowMillis + linkMillis);
  return `?code=${expires}.${keyed(token, `link ${expires}`)}`;
}

/**
 * Signs browsers in to the page: `ctxd open --page` opens a link with a code, and the receiver answers it with a cookie. A
 * browser never holds the receiver's token, and its cookie opens the page only.
 */
export class PageLogin {
  readonly #token: string;
  readonly #usedCodes = new Map<string, number>();

  /** @param token - the receiver's token */
  constructor(token: string) {
    this.#token = token;
  }

  /** Takes a code: whether it is ours, has not expired, and has not been used. */
  takes(code: string, nowMillis: number): boolean {
    for (const [used, expires] of this.#usedCodes) if (expires < nowMillis) this.#usedCodes.delete(used);
    const [expires = '', key = ''] = code.split('.');
    const isOurs = isSame(key, keyed(this.#token, `link ${expires}`));
    if (!isOurs || Number(expires) < nowMillis || this.#usedCodes.has(code)) return false;
    this.#usedCodes.set(code, Number(expires));
    return true;
  }

  /** The value of the `set-cookie` header. Links from elsewhere to the page work; no script and no other site gets the cookie. */
  cookie(headers: IncomingHttpHeaders): string {
    const value = `${cookieName(headers)}=${this.#key}`;
    return `${value}; Path=/; Max-Age=${cookieSeconds}; HttpOnly; SameSite=Lax`;
  }

  /** Whether a request has the cookie. */
  isSignedIn(headers: IncomingHttpHeaders): boolean {
    const start = `${cookieName(headers)}=`;
    const cookies = (headers.cookie ?? '').split('; ');
    return cookies.some(
      (cookie) => cookie.startsWith(start) && isSame(cookie.slice(start.length), this.#key),
    );
  }

  get #key(): string {
    return keyed(this.#token, 'page');
  }
}

/** Whether two texts are the same; takes as long for any two texts. */
export function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Has the port in it, because browsers send a cookie to all ports of a host. */
const cookieName = ({ host = '' }: IncomingHttpHeaders) => `ctxd-${/:(\d+)$/.exec(host)?.[1] ?? 80}`;

const keyed = (token: string, text: string) => createHmac('sha256', token).update(text).digest('base64url');
