import { readRegularFile } from '../../regular-file.ts';

/** A part of the stack that the watch reads from. */
export interface WatchedServer {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** The file with the password of the user `ctxd`. */
  readonly passwordFile: string;
}

/** Shorter than the pause between two looks, so that a part that hangs delays nothing. */
const timeoutMillis = 3_000;

/**
 * Sends a request as the user `ctxd` and parses the answer. The password is read each time, because it can change.
 *
 * @returns `undefined` if the server does not answer in time, or not with success
 */
export async function answerOf<Answer>(
  { url, passwordFile }: WatchedServer,
  path: string,
  init: RequestInit = {},
): Promise<Answer | undefined> {
  try {
    const password = (await readRegularFile(passwordFile)).trim();
    const authorization = `Basic ${Buffer.from(`ctxd:${password}`).toString('base64')}`;
    const headers = new Headers(init.headers);
    headers.set('authorization', authorization);
    const response = await fetch(url + path, {
      ...init,
      headers,
      signal: AbortSignal.timeout(timeoutMillis),
    });
    const text = await response.text();
    return response.ok ? (JSON.parse(text || 'null') as Answer) : undefined;
  } catch {
    return undefined;
  }
}
