import { createHash } from 'node:crypto';

/** The parts of a request that can identify its session. Nothing is read from the connection. */
export interface SessionIdRequest {
  /** Header values by lower-case name, as Node provides them: a repeated header is joined with `, `. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body, if the application has parsed it already. */
  readonly body?: unknown;
  /** A name for the connection, such as `conn_127.0.0.1:52341`. */
  readonly connection?: string | undefined;
}

/** One place where an id may be found. */
export interface SessionIdSource {
  /** The name of the source in `sessionIdSource` and in diagnostics. */
  readonly name: string;
  /** Returns the raw candidate, or `undefined` if there is none. */
  readonly read: (request: SessionIdRequest) => unknown;
}

/** Why an id was treated as absent. */
export type SessionIdRefusal = 'not_a_string' | 'repeated' | 'too_long' | 'invalid_character' | 'unreadable';

/** The session of a request, and why candidates before it were refused. */
export interface Identification {
  /** The id, or `unknown` if no source has one. */
  readonly sessionId: string;
  /** The name of the source of the id, or `none`. */
  readonly source: string;
  /** One entry for each refused candidate. */
  readonly refusals: readonly SessionIdRefusal[];
}

/** The id of a request without a session; never a session itself. */
export const unknownSessionId = 'unknown';

const header = (name: string): SessionIdSource => ({ name, read: ({ headers }) => headers[name] });

/**
 * The sources of a session id; the first one with an id wins.
 *
 * Claude Code 2.1.86 and later send `x-claude-code-session-id` to a model API or a gateway. The other headers come from
 * servers, proxies and MCP clients (`mcp-session-id` up to protocol 2025-11-25). The connection is the last resort.
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
const visible = /^[!-~]+$/;
const safe = /^[A-Za-z0-9._:-]+$/;
const unsafe = /[^A-Za-z0-9._:-]/g;
const nothingRefused: readonly SessionIdRefusal[] = [];

/**
 * Identifies the session of a request. Pure; never throws.
 *
 * @param request the headers, the parsed body and the connection
 * @param sources the first one with an acceptable id wins; default {@link sessionIdSources}
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
      return {
        sessionId: sessionLabel(candidate as string),
        source: source.name,
        refusals: refusals ?? nothingRefused,
      };
    }
    (refusals ??= []).push(refusal);
  }
  return { sessionId: unknownSessionId, source: 'none', refusals: refusals ?? nothingRefused };
}

/**
 * The label of a session id: the id itself if it has only `A-Z a-z 0-9 . _ : -`. Otherwise all other characters become `_`, and
 * the start of its SHA-256 is added, so that different ids stay different. At most 128 characters.
 */
export function sessionLabel(id: string): string {
  if (safe.test(id)) return id;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return `${id.replaceAll(unsafe, '_').slice(0, longestId - digest.length - 1)}-${digest}`;
}

/** Whether an id is its own label. */
export function isSessionLabel(id: unknown): boolean {
  return typeof id === 'string' && id.length <= longestId && safe.test(id);
}

/**
 * Checks a session id: 1 to 128 visible ASCII characters.
 *
 * @returns `undefined`, or why it is refused; a list, or a text with `, ` in it, is a header that came more than once
 */
export function refuseSessionId(candidate: unknown): SessionIdRefusal | undefined {
  if (Array.isArray(candidate)) return 'repeated';
  if (typeof candidate !== 'string') return 'not_a_string';
  if (candidate.length <= longestId && visible.test(candidate)) return undefined;
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
