import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { connectionName } from './connection.ts';
import { warnRarely } from './diagnostics.ts';
import type { SessionRegistry } from './registry.ts';
import {
  identifySession,
  type Identification,
  type SessionIdRequest,
  type SessionIdSource,
} from './session-id.ts';
import type { Checkpoint, Refusal, Usage } from './usage.ts';

/**
 * The context window of a request's session. Its members never throw. Each method returns `undefined`, or a refusal that says
 * why it changed nothing; OpenTelemetry's `diag` gets the same message.
 */
export interface RequestContextWindow {
  /** The session of this request, or `unknown`. Read it after the body parser: the first read decides. */
  readonly sessionId: string;
  /** The source of the id, such as `x-claude-code-session-id` or `connection`; `none` for `unknown`. */
  readonly sessionIdSource: string;
  /** Reports the session's current usage. */
  report(usage: Usage): Refusal | undefined;
  /** Records a checkpoint of the session. */
  checkpoint(checkpoint: Checkpoint): Refusal | undefined;
  /** Ends the session. */
  end(): Refusal | undefined;
}

/** What identifies a request's session. */
export interface RequestIdentity {
  /** The request as Node received it. */
  readonly request: IncomingMessage;
  /** The object that gets the parsed body, if the application has a body parser. */
  readonly parsed: object;
  /** The first source with an acceptable id wins. */
  readonly sources: readonly SessionIdSource[];
}

/** Identifies the session of a request when it is first needed, and passes reports on to the registry. */
export class SessionRequest implements RequestContextWindow {
  readonly #registry: SessionRegistry;
  readonly #identity: RequestIdentity;
  #identification: Identification | undefined;

  constructor(registry: SessionRegistry, identity: RequestIdentity) {
    this.#registry = registry;
    this.#identity = identity;
  }

  get sessionId(): string {
    return this.#identify().sessionId;
  }

  get sessionIdSource(): string {
    return this.#identify().source;
  }

  report(usage: Usage): Refusal | undefined {
    return warned(this.#registry.reportUsage(this.sessionId, usage));
  }

  checkpoint(checkpoint: Checkpoint): Refusal | undefined {
    return warned(this.#registry.recordCheckpoint(this.sessionId, checkpoint));
  }

  end(): Refusal | undefined {
    return this.#registry.end(this.sessionId);
  }

  #identify(): Identification {
    if (this.#identification !== undefined) return this.#identification;
    const { request, parsed, sources } = this.#identity;
    this.#identification = identifySession(
      new RequestView(request, (parsed as { body?: unknown }).body),
      sources,
    );
    for (const reason of this.#identification.refusals) this.#registry.sessionIdsRefused.increment(reason);
    return this.#identification;
  }
}

/** Runs a function after the response was sent or aborted. An error never reaches the application. */
export function afterResponse(response: ServerResponse, run: () => void): void {
  response.on('close', () => {
    try {
      run();
    } catch (error) {
      warnRarely('after-response', `recording a request failed: ${String(error)}`);
    }
  });
}

/** A class, because a getter in an object literal costs each request a microsecond. */
class RequestView implements SessionIdRequest {
  readonly headers: SessionIdRequest['headers'];
  readonly body: unknown;
  readonly #socket: Socket;

  constructor({ headers, socket }: IncomingMessage, body: unknown) {
    this.headers = headers;
    this.body = body;
    this.#socket = socket;
  }

  get connection(): string {
    return connectionName(this.#socket);
  }
}

function warned(refusal: Refusal | undefined): Refusal | undefined {
  if (refusal !== undefined) warnRarely(`usage-${refusal.reason}`, refusal.message);
  return refusal;
}
