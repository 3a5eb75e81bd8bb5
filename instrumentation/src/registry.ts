import { optionalClock, systemClock, type Clock } from './clock.ts';
import { ReasonCounter } from './counter.ts';
import { expectOptions, optionalCount, optionalMillis, type OptionChecks } from './expectation.ts';
import { LinkedMap } from './linked-map.ts';
import { RecencyMap } from './recency-map.ts';
import { RequestDurations } from './request-durations.ts';
import { HighUsage } from './high-usage.ts';
import { isSessionLabel, unknownSessionId } from './session-id.ts';
import {
  applyCheckpoint,
  applyCounters,
  applyFigures,
  applyUsage,
  newSession,
  sessionContext,
  type Moment,
  type SessionContext,
  type SessionCounters,
  type SessionRecord,
} from './session.ts';
import { optionalThresholds, type Thresholds, thresholdsFrom } from './thresholds.ts';
import {
  refuseCheckpoint,
  refuseUsage,
  usagePercentOf,
  type Checkpoint,
  type Refusal,
  type Usage,
} from './usage.ts';

/** Options of a {@link SessionRegistry}. */
export interface SessionRegistryOptions {
  /** Milliseconds without activity after which a session expires. Positive integer, default 3,600,000 (1 hour). */
  readonly idleTimeoutMillis?: number;
  /** Most live sessions; beyond it the least recently active one is evicted. Positive integer, default 10,000. */
  readonly maxSessions?: number;
  /** Source of time. Default: the clocks of this process. */
  readonly clock?: Clock;
  /** Shares of the window at which a crossing counts. Default: {@link thresholdsFrom} the process's environment, 70 and 90. */
  readonly thresholds?: Thresholds;
}

/** Figures that the caller of {@link SessionRegistry.assume} counts itself. */
export interface AssumedFigures {
  readonly counters: SessionCounters;
  /** What the counters were before: a session that the registry creates starts from there. Default: from 0. */
  readonly countersBefore?: SessionCounters | undefined;
  /** Wall-clock time of the activity in milliseconds. Default: now. */
  readonly atMillis?: number | undefined;
  /** Whether the session is active. If it is only described, nothing is created and its age stays the same. */
  readonly isActivity: boolean;
}

/** A session that ended, expired or was evicted. */
export interface Departure {
  readonly sessionId: string;
  /** Monotonic time of the departure. */
  readonly monotonicMillis: number;
}

/** A session that changed. */
export interface Changed {
  readonly sessionId: string;
  /** The registry's revision when the session began. */
  readonly firstRevision: number;
}

const optionChecks: OptionChecks<SessionRegistryOptions> = {
  idleTimeoutMillis: optionalMillis,
  maxSessions: optionalCount,
  clock: optionalClock,
  thresholds: optionalThresholds,
};

const departureMemoryMillis = 5 * 60_000;

/**
 * Keeps the live sessions of one process in memory. Requests write to it; the exporter reads from it.
 *
 * It has no timers and does no I/O: idle sessions expire at the next call. Except for calls that list sessions, the cost of
 * a call does not depend on their number. Only the constructor throws.
 *
 * @example
 * const registry = new SessionRegistry();
 * registry.reportUsage('8f14e45f', { tokensUsed: 142_000 });
 * registry.get('8f14e45f')?.usagePercent; // 71
 */
export class SessionRegistry {
  /** Counts ids that were treated as absent, by reason. */
  readonly sessionIdsRefused = new ReasonCounter();
  /** Counts refused reports and checkpoints, by reason. */
  readonly usageRefused = new ReasonCounter();
  /** Counts failed exports, by reason. */
  readonly exportsFailed = new ReasonCounter();
  /** Durations of the HTTP requests that went through the middleware. */
  readonly requestDurations: RequestDurations;
  /** Source of time, also for the exporter. */
  readonly clock: Clock;

  readonly #idleTimeoutMillis: number;
  readonly #maxSessions: number;
  readonly #thresholds: Thresholds;
  /** In order of last activity. */
  readonly #sessions = new LinkedMap<SessionRecord>();
  /** In order of departure. */
  readonly #departures = new RecencyMap<Departure>();
  readonly #highUsage = new HighUsage();
  readonly #crossingListeners = new Set<() => void>();
  #evicted = 0;
  #revision = 0;
  readonly #beganAtMillis: number;
  readonly #beganMonotonicMillis: number;

  /** @throws TypeError or RangeError naming the invalid option or variable */
  constructor(options: SessionRegistryOptions = {}) {
    const {
      idleTimeoutMillis = 3_600_000,
      maxSessions = 10_000,
      clock = systemClock,
      thresholds = thresholdsFrom(process.env),
    } = expectOptions('SessionRegistry', options, optionChecks);
    this.#idleTimeoutMillis = idleTimeoutMillis;
    this.#maxSessions = maxSessions;
    this.#thresholds = thresholds;
    this.clock = clock;
    this.#beganAtMillis = clock.now();
    this.#beganMonotonicMillis = clock.monotonic();
    this.requestDurations = new RequestDurations(this.#beganAtMillis);
  }

  /** Number of sessions evicted because `maxSessions` was reached. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Number of live sessions. */
  get size(): number {
    this.#expire(this.#monotonic());
    return this.#sessions.size;
  }

  /**
   * Records a usage report. The first report of an id creates its session.
   *
   * @returns `undefined`, or why the report was refused; a refused report only adds to `usageRefused`
   */
  reportUsage(sessionId: string, usage: Usage): Refusal | undefined {
    const refusal = refuseUsage(usage);
    if (refusal !== undefined) return this.#refuse(refusal);
    const monotonicMillis = this.#monotonic();
    this.#expire(monotonicMillis);
    const session = this.#sessions.renew(sessionId) ?? this.#create(sessionId, monotonicMillis);
    if (session === undefined) return this.#refuse(invalidSessionId(sessionId));
    const crossings = crossingsOf(session);
    applyUsage(session, usage, { thresholds: this.#thresholds, monotonicMillis });
    this.#noteUsage(session, crossings, monotonicMillis);
    this.#markActive(session, monotonicMillis);
    return undefined;
  }

  /**
   * Records a checkpoint: adds its saved tokens to the total and re-arms both thresholds. Tokens used stay the same.
   *
   * @returns `undefined`, or why the checkpoint was refused, such as `unknown_session` for an id without a usage report
   */
  recordCheckpoint(sessionId: string, checkpoint: Checkpoint): Refusal | undefined {
    const refusal = refuseCheckpoint(checkpoint);
    if (refusal !== undefined) return this.#refuse(refusal);
    const monotonicMillis = this.#monotonic();
    this.#expire(monotonicMillis);
    const session = this.#sessions.renew(sessionId);
    if (session === undefined) return this.#refuse(unknownSession(sessionId));
    applyCheckpoint(session, checkpoint.tokensSaved);
    this.#markActive(session, monotonicMillis);
    return undefined;
  }

  /**
   * Adds saved tokens to the total without a new checkpoint, for savings that became known later.
   *
   * @returns `undefined`, or why it was refused
   */
  addTokensSaved(sessionId: string, checkpoint: Checkpoint): Refusal | undefined {
    const refusal = refuseCheckpoint(checkpoint);
    if (refusal !== undefined) return this.#refuse(refusal);
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return this.#refuse(unknownSession(sessionId));
    session.tokensSaved += checkpoint.tokensSaved;
    session.revision = ++this.#revision;
    return undefined;
  }

  /**
   * Sets the figures and the counters of a session whose crossings and checkpoints the caller counts; the first call creates
   * the session. Counters never fall.
   *
   * @returns nothing, or why the report was refused
   */
  assume(sessionId: string, usage: Usage, assumed: AssumedFigures): Refusal | undefined {
    const refusal = refuseUsage(usage);
    if (refusal !== undefined) return this.#refuse(refusal);
    const monotonicMillis = this.#monotonic();
    this.#expire(monotonicMillis);
    const known = assumed.isActivity ? this.#sessions.renew(sessionId) : this.#sessions.get(sessionId);
    if (known === undefined && !assumed.isActivity) return undefined;
    const session = known ?? this.#create(sessionId, monotonicMillis);
    if (session === undefined) return this.#refuse(invalidSessionId(sessionId));
    if (known === undefined) session.countersAtStart = assumed.countersBefore;
    const crossings = crossingsOf(session);
    applyFigures(session, usage, monotonicMillis);
    applyCounters(session, assumed.counters, monotonicMillis);
    this.#noteUsage(session, crossings, monotonicMillis);
    session.revision = ++this.#revision;
    if (assumed.isActivity) this.#markActive(session, monotonicMillis, assumed.atMillis);
    return undefined;
  }

  /**
   * Restores sessions of another registry, such as the one before a restart. Counters continue, and a threshold that was
   * reached does not count again.
   *
   * @param sessions least recently active first
   */
  restore(sessions: readonly SessionContext[]): void {
    const { nowMillis, monotonicMillis } = this.#now();
    for (const { durationMillis: _, usagePercent: __, ...session } of sessions.slice(-this.#maxSessions)) {
      const createdAtMillis = session.createdAtMillis - this.#beganAtMillis;
      const lastActivityMillis = session.lastActivityMillis - this.#beganAtMillis;
      const lastActivityMonotonicMillis = monotonicMillis - Math.max(0, nowMillis - lastActivityMillis);
      const revision = ++this.#revision;
      this.#sessions.set(session.sessionId, {
        ...session,
        // A snapshot of an earlier version has no peak.
        peakTokens: session.peakTokens ?? session.tokensUsed,
        countersAtStart: undefined,
        createdAtMillis,
        lastActivityMillis,
        peakMonotonicMillis: monotonicMillis,
        createdMonotonicMillis: monotonicMillis - Math.max(0, nowMillis - createdAtMillis),
        lastActivityMonotonicMillis,
        keptMonotonicMillis: lastActivityMonotonicMillis,
        firstRevision: revision,
        revision,
        older: undefined,
        newer: undefined,
      });
      this.#highUsage.note(session.sessionId, this.#isHigh(session), monotonicMillis);
    }
  }

  /** Marks a session as active, by default now. Does nothing for an unknown id. */
  touch(sessionId: string, atMillis?: number): void {
    const monotonicMillis = this.#monotonic();
    this.#expire(monotonicMillis);
    const session = this.#sessions.renew(sessionId);
    if (session !== undefined) this.#markActive(session, monotonicMillis, atMillis);
  }

  /** Keeps a session from expiring, without counting as activity. Does nothing for an unknown id. */
  keep(sessionId: string): void {
    const session = this.#sessions.renew(sessionId);
    if (session !== undefined) session.keptMonotonicMillis = this.#monotonic();
  }

  /**
   * Ends a session: it is no longer live or exported.
   *
   * @returns `undefined`, or a refusal for a session that was not live, which is not counted
   */
  end(sessionId: string): Refusal | undefined {
    const monotonicMillis = this.#monotonic();
    this.#expire(monotonicMillis);
    if (this.#sessions.get(sessionId) === undefined) return unknownSession(sessionId);
    this.#depart(sessionId);
    return undefined;
  }

  /** A copy of a live session, or `undefined`. */
  get(sessionId: string): SessionContext | undefined {
    const monotonicMillis = this.#monotonic();
    this.#expire(monotonicMillis);
    const session = this.#sessions.get(sessionId);
    return session && sessionContext(session, monotonicMillis, this.#beganAtMillis);
  }

  /** Copies of all live sessions, least recently active first. */
  activeSessions(): SessionContext[] {
    const monotonicMillis = this.#monotonic();
    this.#expire(monotonicMillis);
    const sessions: SessionContext[] = [];
    this.#sessions.forEach((session) => {
      sessions.push(sessionContext(session, monotonicMillis, this.#beganAtMillis));
    });
    return sessions;
  }

  /** For exporters: grows with each change of a session. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * For exporters: the live sessions that changed after a revision, and those that are due, least recently active first.
   *
   * @param isDue whether a session is due by its `firstRevision`, a number of its own
   */
  changedSince(revision: number, isDue: (firstRevision: number) => boolean): Changed[] {
    this.#expire(this.#monotonic());
    const changed: Changed[] = [];
    this.#sessions.forEach((session) => {
      if (session.revision > revision || isDue(session.firstRevision)) changed.push(session);
    });
    return changed;
  }

  /** Copies of the live sessions that are at or above the warning threshold, or were within the last 2 minutes. */
  highSessions(): SessionContext[] {
    const monotonicMillis = this.#monotonic();
    this.#expire(monotonicMillis);
    return this.#highUsage.ids(monotonicMillis).flatMap((sessionId) => this.get(sessionId) ?? []);
  }

  /**
   * Calls a function after each crossing of a threshold, before `reportUsage` returns. The function must not throw.
   *
   * @returns a function that ends this
   */
  onCrossing(listener: () => void): () => void {
    this.#crossingListeners.add(listener);
    return () => void this.#crossingListeners.delete(listener);
  }

  /** Departures of the last 5 minutes at or after a monotonic time, without sessions that came back. */
  departuresSince(monotonicMillis: number): Departure[] {
    this.#expire(this.#monotonic());
    return Array.from(this.#departures.values()).filter(
      (departure) => departure.monotonicMillis >= monotonicMillis,
    );
  }

  #noteUsage(session: SessionRecord, crossingsBefore: number, monotonicMillis: number): void {
    const isHigh = this.#isHigh(session);
    this.#highUsage.note(session.sessionId, isHigh, monotonicMillis);
    if (!isHigh || crossingsOf(session) === crossingsBefore) return;
    for (const listener of this.#crossingListeners) listener();
  }

  #isHigh({ tokensUsed, windowTokens }: Pick<SessionRecord, 'tokensUsed' | 'windowTokens'>): boolean {
    return usagePercentOf(tokensUsed, windowTokens) >= this.#thresholds.warning.percent;
  }

  #create(sessionId: string, monotonicMillis: number): SessionRecord | undefined {
    if (sessionId === unknownSessionId || !isSessionLabel(sessionId)) return undefined;
    if (this.#sessions.size >= this.#maxSessions) this.#evictOldest();
    const nowMillis = this.#wall();
    const session = newSession(sessionId, { nowMillis, monotonicMillis }, ++this.#revision);
    this.#departures.delete(sessionId);
    this.#sessions.set(sessionId, session);
    return session;
  }

  #evictOldest(): void {
    const { oldest } = this.#sessions;
    if (oldest === undefined) return;
    this.#depart(oldest.sessionId);
    this.#evicted += 1;
  }

  #markActive(session: SessionRecord, monotonicMillis: number, atMillis?: number): void {
    session.revision = ++this.#revision;
    const nowMillis = this.#wall();
    const agoMillis =
      atMillis === undefined ? 0 : Math.max(0, nowMillis - Math.floor(atMillis - this.#beganAtMillis));
    const activeMonotonicMillis = monotonicMillis - agoMillis;
    if (activeMonotonicMillis < session.lastActivityMonotonicMillis && agoMillis > 0) return;
    session.lastActivityMillis = nowMillis - agoMillis;
    session.lastActivityMonotonicMillis = activeMonotonicMillis;
  }

  #now(): Moment {
    return { nowMillis: this.#wall(), monotonicMillis: this.#monotonic() };
  }

  #wall(): number {
    return Math.floor(this.clock.now() - this.#beganAtMillis);
  }

  #monotonic(): number {
    return Math.floor(this.clock.monotonic() - this.#beganMonotonicMillis);
  }

  #expire(monotonicMillis: number): void {
    let session = this.#sessions.oldest;
    while (session !== undefined && this.#isIdle(session, monotonicMillis)) {
      this.#depart(session.sessionId);
      session = this.#sessions.oldest;
    }
  }

  #isIdle(session: SessionRecord, monotonicMillis: number): boolean {
    const usedMonotonicMillis = Math.max(session.lastActivityMonotonicMillis, session.keptMonotonicMillis);
    return monotonicMillis - usedMonotonicMillis >= this.#idleTimeoutMillis;
  }

  #depart(sessionId: string): void {
    const monotonicMillis = this.clock.monotonic();
    this.#sessions.delete(sessionId);
    this.#highUsage.delete(sessionId);
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

function crossingsOf({ threshold70Count, threshold90Count }: SessionCounters): number {
  return threshold70Count + threshold90Count;
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
