/** A server and the credentials for it. */
export interface Server {
  /** Base URL without a trailing slash. */
  readonly url: string;
  /** Value of the `authorization` header. Default: none. */
  readonly authorization?: string | undefined;
  /** Set if it may be Prometheus, which understands PromQL only. */
  readonly mayBePrometheus?: boolean;
}

const timeoutMillis = 10_000;

/**
 * Sends a request and checks the status of the response.
 *
 * @param path starts with a slash
 * @param init `signal` defaults to a timeout of 10 seconds
 * @throws Error with a sentence for people if the server cannot be reached or its status is not 2xx
 */
export async function fetchFrom(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (server.authorization !== undefined) headers.set('authorization', server.authorization);
  const signal = init.signal ?? AbortSignal.timeout(timeoutMillis);
  const response = await fetch(`${server.url}${path}`, { ...init, headers, signal }).catch(
    (error: unknown) => {
      throw new Error(`Cannot reach ${server.url}${remedyFor(server)} (${reasonOf(error)})`, {
        cause: error,
      });
    },
  );
  if (response.ok) return response;
  throw new Error(await refusalOf(response, server));
}

async function refusalOf(response: Response, { url }: Server): Promise<string> {
  if (response.status === 401 || response.status === 403) {
    return `${url} refuses these credentials (${response.status})`;
  }
  const text = await response.text().catch(() => '');
  return `${url} answers ${response.status}${text === '' ? '' : `: ${text.trim().slice(0, 200)}`}`;
}

/** Printed before the reason, so that it fits in a terminal of 80 columns. */
function remedyFor({ url }: Server): string {
  return /^http:\/\/(127\.|localhost)/.test(url) ? '. Start it: npm run stack:up' : '';
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMillis / 1_000} s`;
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}
