import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How long a link works, in milliseconds. */
const linkMillis = 60_000;

/** A link on 127.0.0.1 that works once, within a minute. */
export interface OneTimeLink extends AsyncDisposable {
  readonly url: string;
  /** Whether somebody opened it in time. */
  readonly opened: Promise<boolean>;
}

/**
 * A link that gives a browser cookies and leads it to an address. Browsers share cookies between the ports of a host, so the
 * address must have the host 127.0.0.1, too.
 */
export async function oneTimeLink(cookies: readonly string[], address: string): Promise<OneTimeLink> {
  const path = `/${randomBytes(32).toString('base64url')}`;
  const { promise: opened, resolve } = Promise.withResolvers<boolean>();
  let isUsed = false;
  const server = createServer((request, response) => {
    const isRight = !isUsed && request.url === path && request.headers.host === new URL(url).host;
    if (!isRight) {
      response.writeHead(404).end();
      return;
    }
    isUsed = true;
    response.writeHead(302, {
      location: address,
      'set-cookie': [...cookies],
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    });
    response.end(() => resolve(true));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const deadline = setTimeout(() => resolve(false), linkMillis);
  const close = async () => {
    clearTimeout(deadline);
    resolve(false);
    server.closeAllConnections();
    await new Promise((closed) => void server.close(closed));
  };
  return { url, opened, [Symbol.asyncDispose]: close };
}
