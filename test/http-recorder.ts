import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
interface RecordedRequest {
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** A server that keeps what is posted to it, and answers `ok`, or with the status that a path is given. */
export interface HttpRecorder extends AsyncDisposable {
  readonly url: string;
  /** What was posted to a path. */
  requests(path: string): readonly RecordedRequest[];
  /** What the path answers from now on. */
  answer(path: string, status: number): void;
}

/** Starts a recorder on a free port of this machine. */
export async function startHttpRecorder(): Promise<HttpRecorder> {
  const recorded: RecordedRequest[] = [];
  const statuses = new Map<string, number>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const status = statuses.get(url.pathname) ?? 200;
    const { authorization } = request.headers;
    if (status === 200) recorded.push({ url, authorization, body: JSON.parse(text) });
    response.writeHead(status).end(status === 200 ? 'ok' : 'no_such_channel');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: (path) => recorded.filter(({ url }) => url.pathname === path),
    answer: (path, status) => void statuses.set(path, status),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
