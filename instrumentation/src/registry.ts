import { systemClock, type Clock } from './clock.ts';
import { ReasonCounter } from './counter.ts';
import { expectPositiveInteger } from './expectation.ts';
import { RecencyMap } from './recency-map.ts';
import { RequestDurations } from './request-durations.ts';
import { refuseSessionId, unknownSessionId } from './session-id.ts';
import {
  applyCheckpoint,
  applyUsage,
  newSession,
  sessionContext,
  type SessionContext,
  type SessionRecord,
} from './session.ts';
import { type Thresholds, thresholdsFrom } from './thresholds.ts';
import {
  defaultWindowTokens,
  refuseCheckpoint,
  refuseUsage,
  type Checkpoint,
  type Refusal,
  type Usage,
} from './usage.ts';

/** How a {@link SessionRegistry} keeps its sessions. */
export interface SessionRegistryOptions {
  /** Idle time in milliseconds after which a session expires. Positive integer, default 3,600,000 (1 hour). */
  readonly idleTimeoutMillis?: number;
  /** Sessions kept at most; past it the least recently active one goes. Positive integer, default 10,000. */
  readonly maxSessions?: number;
  /** Where time comes from. Default: the process's own clocks. */
  readonly clock?: Clock;
  /** Shares of the window at which a crossing counts. Default: by {@link thresholdsFrom}, 70 and 90. */
  readonly thresholds?: Thresholds;
}

/** A session that ended, expired or was evicted, and when by the monotonic clock. */
export interface Departure {
  readonly sessionId: string;
  readonly monotonicMillis: number;
}

const departureMemoryMillis = 5 * 60_000;

/**
 * The live sessions of one process, in memory only: requests write here, the exporter reads here.
 *
 * No timers and no I/O: what is idle for too long is gone at the next call. Every call costs the same however many
 * sessions live, but for those that list them. Nothing but the constructor throws.
 *
 * @example
 * const registry = new SessionRegistry();
 * registry.update('8f14e45f', { tokensUsed: 142_000 });
 * registry.get('8f14e45f')?.usagePercent; // 71
 */
export class SessionRegistry {
  /** Ids that were treated as absent, by reason. */
  readonly sessionIdsRefused = new ReasonCounter();
  /** Reports and checkpoints that changed nothing, by reason. */
  readonly usageRefused = new ReasonCounter();
  /** Exports that the collector did not take, by reason. */
  readonly exportsFailed = new ReasonCounter();
  /** Durations of the HTTP requests that passed the middleware. */
  readonly requestDurations: RequestDurations;
  /** Where time comes from, for the exporter too. */
  readonly clock: Clock;

  readonly #idleTimeoutMillis: number;
  readonly #maxSessions: number;
  readonly #thresholds: Thresholds;
  /** In order of last activity. */
  readonly #sessions = new RecencyMap<SessionRecord>();
  /** In order of departure. */
  readonly #departures = new RecencyMap<Departure>();
  #evicted = 0;

  /** @throws TypeError or RangeError naming the option or the variable that is wrong */
  constructor({
    idleTimeoutMillis = 3_600_000,
    maxSessions = 10_000,
    clock = systemClock,
    thresholds = thresholdsFrom(process.env),
  }: SessionRegistryOptions = {}) {
    expectPositiveInteger(
      'idleTimeoutMillis',
      idleTimeoutMillis,
      'Give the idle time in milliseconds, such as 3600000 for an hour.',
    );
    expectPositiveInteger(
      'maxSessions',
      maxSessions,
      'Give the number of sessions to keep at most, such as 10000.',
    );
    this.#idleTimeoutMillis = idleTimeoutMillis;
    this.#maxSessions = maxSessions;
    this.#thresholds = thresholds;
    this.clock = clock;
    this.requestDurations = new RequestDurations(clock.now());
  }

  /** Sessions dropped because the cap was reached. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Number of live sessions. */
  get size(): number {
    this.#expire(this.clock.monotonic());
    return this.#sessions.size;
  }

  /**
   * Takes over a usage report; the first one creates the session.
   *
   * @returns nothing, or why the report was refused; a refused report changes nothing and is counted
   */
  update(sessionId: string, usage: Usage): Refusal | undefined {
    const refusal = refuseUsage(usage);
    if (refusal !== undefined) return this.#refuse(refusal);
    const monotonicMillis = this.clock.monotonic();
    this.#expire(monotonicMillis);
    const session = this.#sessions.renew(sessionId) ?? this.#create(sessionId, monotonicMillis);
    if (session === undefined) return this.#refuse(invalidSessionId(sessionId));
    applyUsage(session, usage, this.#thresholds);
    this.#markActive(session, monotonicMillis);
    return undefined;
  }

  /**
   * Takes over a checkpoint: adds up what it saved and re-arms both thresholds. Tokens used stay as reported.
   *
   * @returns nothing, or why the checkpoint was refused (`unknown_session`: no usage was ever reported under the id)
   */
  recordCheckpoint(sessionId: string, checkpoint: Checkpoint): Refusal | undefined {
    const refusal = refuseCheckpoint(checkpoint);
    if (refusal !== undefined) return this.#refuse(refusal);
    const monotonicMillis = this.clock.monotonic();
    this.#expire(monotonicMillis);
    const session = this.#sessions.renew(sessionId);
    if (session === undefined) return this.#refuse(unknownSession(sessionId));
    applyCheckpoint(session, checkpoint.tokensSaved);
    this.#markActive(session, monotonicMillis);
    return undefined;
  }

  /**
   * Adds to what the newest checkpoint saved, for where that was not known in full when it was recorded.
   *
   * @returns nothing, or why it was refused
   */
  addTokensSaved(sessionId: string, checkpoint: Checkpoint): Refusal | undefined {
    const refusal = refuseCheckpoint(checkpoint);
    if (refusal !== undefined) return this.#refuse(refusal);
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return this.#refuse(unknownSession(sessionId));
    session.tokensSaved += checkpoint.tokensSaved;
    return undefined;
  }

  /**
   * Takes over sessions of another registry, such as one of before a restart, the longest idle first: counters go on,
   * and a threshold that was reached counts no second time.
   */
  restore(sessions: readonly SessionContext[]): void {
    const [nowMillis, monotonicMillis] = [this.clock.now(), this.clock.monotonic()];
    const monotonicOf = (millis: number) => monotonicMillis - Math.max(0, nowMillis - millis);
    for (const { durationMillis: _, ...session } of sessions.slice(-this.#maxSessions)) {
      this.#sessions.set(session.sessionId, {
        ...session,
        createdMonotonicMillis: monotonicOf(session.createdAtMillis),
        lastActivityMonotonicMillis: monotonicOf(session.lastActivityMillis),
      });
    }
  }

  /** Notes that a session was seen; does nothing for an id without a session. */
  touch(sessionId: string): void {
    const monotonicMillis = this.clock.monotonic();
    this.#expire(monotonicMillis);
    const session = this.#sessions.renew(sessionId);
    if (session !== undefined) this.#markActive(session, monotonicMillis);
  }

  /** Ends a session: it is no longer active and no longer exported. Returns whether there was one. */
  end(sessionId: string): boolean {
    const monotonicMillis = this.clock.monotonic();
    this.#expire(monotonicMillis);
    if (this.#sessions.get(sessionId) === undefined) return false;
    this.#depart(sessionId, monotonicMillis);
    return true;
  }

  /** A copy of one live session's state, or `undefined`. */
  get(sessionId: string): SessionContext | undefined {
    const monotonicMillis = this.clock.monotonic();
    this.#expire(monotonicMillis);
    const session = this.#sessions.get(sessionId);
    return session && sessionContext(session, monotonicMillis);
  }

  /** Copies of all live sessions, the longest idle first. */
  activeSessions(): SessionContext[] {
    const monotonicMillis = this.clock.monotonic();
    this.#expire(monotonicMillis);
    return Array.from(this.#sessions.values(), (session) => sessionContext(session, monotonicMillis));
  }

  /** Sessions that departed at or after a moment of the monotonic clock and have not come back; kept for 5 minutes. */
  departuresSince(monotonicMillis: number): Departure[] {
    this.#expire(this.clock.monotonic());
    return Array.from(this.#departures.values()).filter(
      (departure) => departure.monotonicMillis >= monotonicMillis,
    );
  }

  #create(sessionId: string, monotonicMillis: number): SessionRecord | undefined {
    if (sessionId === unknownSessionId || refuseSessionId(sessionId) !== undefined) return undefined;
    if (this.#sessions.size >= this.#maxSessions) this.#evictOldest(monotonicMillis);
    const session = newSession(sessionId, defaultWindowTokens, this.clock.now(), monotonicMillis);
    this.#departures.delete(sessionId);
    this.#sessions.set(sessionId, session);
    return session;
  }

  #evictOldest(monotonicMillis: number): void {
    const { oldest } = this.#sessions;
    if (oldest === undefined) return;
    this.#depart(oldest.sessionId, monotonicMillis);
    this.#evicted += 1;
  }

  #markActive(session: SessionRecord, monotonicMillis: number): void {
    session.lastActivityMillis = this.clock.now();
    session.lastActivityMonotonicMillis = monotonicMillis;
  }

  #expire(monotonicMillis: number): void {
    let session = this.#sessions.oldest;
    while (session !== undefined && this.#isIdle(session, monotonicMillis)) {
      this.#depart(session.sessionId, monotonicMillis);
      session = this.#sessions.oldest;
    }
  }

  #isIdle({ lastActivityMonotonicMillis }: SessionRecord, monotonicMillis: number): boolean {
    return monotonicMillis - lastActivityMonotonicMillis >= this.#idleTimeoutMillis;
  }

  #depart(sessionId: string, monotonicMillis: number): void {
    this.#sessions.delete(sessionId);
    this.#departures.set(sessionId, { sessionId, monotonicMillis });
    for (const departure of this.#departures.values()) {
      const forgotten = monotonicMillis - departure.monotonicMillis >= departureMemoryMillis;
      if (!forgotten && this.#departures.size <= this.#maxSessions) return;
      this.#departures.delete(departure.sessionId);
    }
  }

  #refuse(refusal: Refusal): Refusal {
    this.usageRefused.increment(refusal.reason);
    return refusal;
  }
}

function invalidSessionId(sessionId: unknown): Refusal {
  return {
    reason: 'invalid_session_id',
    message: `Expected \`sessionId\` to be 1 to 128 characters of A-Z a-z 0-9 . _ : - and not \`unknown\`, got \`${String(sessionId).slice(0, 64)}\``,
  };
}

function unknownSession(sessionId: unknown): Refusal {
  return {
    reason: 'unknown_session',
    message: `Expected \`sessionId\` to be a session with reported usage, got \`${String(sessionId).slice(0, 64)}\``,
  };
}
