/** What identification looks at: the parts of a request that can tell sessions apart. Nothing is read from the wire. */
export interface SessionIdRequest {
  /** Header values by lower-case name, as Node gives them: a repeated header is joined by `, `. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body that the application has parsed already, if it has. */
  readonly body?: unknown;
  /** A name for the connection, such as `conn_127.0.0.1:52341`. */
  readonly connection?: string | undefined;
}

/** One step of the ladder: where an id may be found. */
export interface SessionIdSource {
  /** What the source is called in `sessionIdSource` and in diagnostics. */
  readonly name: string;
  /** Returns the raw candidate, or `undefined` where there is none. */
  readonly read: (request: SessionIdRequest) => unknown;
}

/** Why an id was treated as absent. */
export type SessionIdRefusal = 'not_a_string' | 'repeated' | 'too_long' | 'invalid_character' | 'unreadable';

/** Which session a request belongs to, and which candidates were passed over on the way. */
export interface Identification {
  /** The id, or `unknown` where no source has one. */
  readonly sessionId: string;
  /** The name of the source that had it, or `none`. */
  readonly source: string;
  /** One entry for each candidate that was present and not acceptable. */
  readonly refusals: readonly SessionIdRefusal[];
}

/** The id of a request that no source can place; never a session of its own. */
export const unknownSessionId = 'unknown';

const header = (name: string): SessionIdSource => ({ name, read: ({ headers }) => headers[name] });

/**
 * Where a session id is looked for, first match first.
 *
 * `x-claude-code-session-id` is what Claude Code 2.1.86 and later send to a model API or a gateway; the others are
 * set by servers and proxies, by MCP clients (`mcp-session-id` up to protocol 2025-11-25), or are a last resort.
 */
export const sessionIdSources: readonly SessionIdSource[] = [
  header('x-claude-code-session-id'),
  header('x-claude-session-id'),
  { name: 'mcp-metadata', read: ({ body }) => mcpMetadataSessionId(body) },
  header('mcp-session-id'),
  header('x-request-id'),
  { name: 'connection', read: ({ connection }) => connection },
];

const longestId = 128;
const allowed = /^[A-Za-z0-9._:-]+$/;
const nothingRefused: readonly SessionIdRefusal[] = [];

/**
 * Names the session of a request. Pure: the same request always gives the same answer, and nothing is thrown.
 *
 * @param request the headers, the parsed body and the connection
 * @param sources the ladder, first match first; default {@link sessionIdSources}
 */
export function identifySession(
  request: SessionIdRequest,
  sources: readonly SessionIdSource[] = sessionIdSources,
): Identification {
  let refusals: SessionIdRefusal[] | undefined;
  for (const source of sources) {
    const candidate = readCandidate(source, request);
    if (candidate === undefined || candidate === null || candidate === '') continue;
    const refusal = candidate === unreadable ? 'unreadable' : refuseSessionId(candidate);
    if (refusal === undefined) {
      return { sessionId: candidate as string, source: source.name, refusals: refusals ?? nothingRefused };
    }
    (refusals ??= []).push(refusal);
  }
  return { sessionId: unknownSessionId, source: 'none', refusals: refusals ?? nothingRefused };
}

/**
 * Says why a value cannot be a session id, or `undefined` if it can: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`.
 * A list, or a value with `, ` in it, is a header that came more than once.
 */
export function refuseSessionId(candidate: unknown): SessionIdRefusal | undefined {
  if (Array.isArray(candidate)) return 'repeated';
  if (typeof candidate !== 'string') return 'not_a_string';
  if (candidate.length <= longestId && allowed.test(candidate)) return undefined;
  if (candidate.includes(', ')) return 'repeated';
  return candidate.length > longestId ? 'too_long' : 'invalid_character';
}

const unreadable = Symbol('unreadable');

function readCandidate(source: SessionIdSource, request: SessionIdRequest): unknown {
  try {
    return source.read(request);
  } catch {
    return unreadable;
  }
}

function mcpMetadataSessionId(body: unknown): unknown {
  const message: unknown = Array.isArray(body) ? body[0] : body;
  const protocolMetadata = field(field(message, 'params'), '_meta');
  return (
    field(field(message, 'meta'), 'session_id') ??
    field(protocolMetadata, 'session_id') ??
    field(protocolMetadata, 'sessionId')
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
