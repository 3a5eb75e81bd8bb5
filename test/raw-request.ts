import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request as a browser sends it: `fetch` sets no `host` and no `origin` of the caller's choice. */
interface RawRequest {
  readonly port: number;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request to 127.0.0.1 with exactly these headers. */
export async function rawRequest({
  body,
  ...options
}: RawRequest): Promise<{ status: number; body: string }> {
  const sent = request({ host: '127.0.0.1', agent: false, timeout: 10_000, ...options });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response) };
}
