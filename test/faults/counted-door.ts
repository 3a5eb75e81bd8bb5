import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { sessionMetrics } from 'koa-context-window';

/** A door in front of the collector that counts the data points which the collector acknowledges. */
export interface CountedDoor extends AsyncDisposable {
  readonly url: string;
  /** Times of the acknowledged values of tokens in the context, by session. Two of the same millisecond are one sample. */
  readonly acknowledged: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Export {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly gauge?: { readonly dataPoints: readonly Point[] };
      }[];
    }[];
  }[];
}

interface Point {
  readonly flags?: number;
  readonly timeUnixNano: string | number;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
}

/**
 * Opens the door on a free port of 127.0.0.1.
 *
 * @param token reads the collector's token
 */
export async function openDoor(collectorUrl: string, token: () => Promise<string>): Promise<CountedDoor> {
  const acknowledged = new Map<string, Set<string>>();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const authorization = `Bearer ${await token()}`;
    const answer = await forward(collectorUrl, request, { body, authorization });
    if (answer.status === 200)
      for (const { session, millis } of samplesIn(body))
        acknowledged.set(session, (acknowledged.get(session) ?? new Set<string>()).add(millis));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acknowledged,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function forward(
  collectorUrl: string,
  { url = '', headers }: IncomingMessage,
  { body, authorization }: { readonly body: Buffer; readonly authorization: string },
) {
  try {
    const response = await fetch(collectorUrl + url, {
      method: 'POST',
      headers: { 'content-type': headers['content-type'] ?? '', authorization },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 502, text: '' };
  }
}

/** The values of tokens; markers of ended sessions are none. */
function samplesIn(body: Buffer): { readonly session: string; readonly millis: string }[] {
  const { resourceMetrics } = JSON.parse(body.toString()) as Export;
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter(({ name }) => name === sessionMetrics.contextTokens.name)
    .flatMap(({ gauge }) => gauge?.dataPoints ?? [])
    .filter(({ flags = 0 }) => flags === 0)
    .map(({ attributes, timeUnixNano }) => ({
      session: attributes.find(({ key }) => key === 'session_id')?.value.stringValue ?? '',
      millis: String(timeUnixNano).slice(0, -6),
    }));
}
