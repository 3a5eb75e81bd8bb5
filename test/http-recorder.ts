import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
interface RecordedRequest {
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** A server that records the requests posted to it, and answers `ok` or the status set for a path. */
export interface HttpRecorder extends AsyncDisposable {
  readonly url: string;
  /** The requests posted to a path. */
  requests(path: string): readonly RecordedRequest[];
  /** Sets the answer of a path from now on. */
  answer(path: string, status: number, text?: string): void;
}

/** Starts a recorder on a free port of one of this machine's addresses. Default: 127.0.0.1. */
export async function startHttpRecorder(host = '127.0.0.1'): Promise<HttpRecorder> {
  const recorded: RecordedRequest[] = [];
  const answers = new Map<string, { readonly status: number; readonly text: string }>();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    const { status, text: answer } = answers.get(url.pathname) ?? { status: 200, text: 'ok' };
    const { authorization } = request.headers;
    if (status === 200) recorded.push({ url, authorization, body: JSON.parse(text) });
    response.writeHead(status).end(answer);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    requests: (path) => recorded.filter(({ url }) => url.pathname === path),
    answer: (path, status, text = 'ok') => void answers.set(path, { status, text }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
