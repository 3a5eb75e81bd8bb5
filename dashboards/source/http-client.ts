/** A server that answers in JSON, and what it takes to be let in. */
export interface Server {
  /** Without a slash at the end. */
  readonly url: string;
  /** Value of the `authorization` header. */
  readonly authorization?: string | undefined;
}

const timeoutMillis = 10_000;

/**
 * Asks a server.
 *
 * @throws Error with a sentence for people when it cannot be reached or refuses
 */
export async function ask(server: Server, path: string, init: RequestInit = {}): Promise<Response> {
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

/** Before the reason, so that it is still read in a terminal of 80 columns. */
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
