import type { Clock } from '../../clock.ts';
import { RecencyMap } from '../../recency-map.ts';
import type { WindowSettings } from './model-windows.ts';
import type {
  Ignored,
  IgnoredReason,
  ObservationSource,
  RateLimit,
  SessionObservation,
} from '../reports/observation.ts';
import { SessionChange, type RegistryOperation } from './session-change.ts';
import {
  compactionReserveTokens,
  describeSession,
  newTrackedSession,
  sessionWindow,
  type SessionDetails,
  type TrackedSession,
} from './tracked-session.ts';

/** What follows from an observation. */
export interface Tracked {
  readonly operations: readonly RegistryOperation[];
  readonly ignored: readonly Ignored[];
}

/** How a {@link SessionTracker} works. */
export interface SessionTrackerOptions {
  /** Where time comes from. */
  readonly clock: Clock;
  /** Windows that the environment sets. Default: none. */
  readonly windows?: WindowSettings;
  /** The host of sessions whose sources name none. */
  readonly host?: string;
  /** Sessions remembered at most; past it the one not heard of for longest is forgotten. Default 10,000. */
  readonly maxSessions?: number;
  /** Lines of a transcript older than this, in milliseconds, are remembered and not shown. Default 3,600,000. */
  readonly idleTimeoutMillis?: number;
}

/** Everything a tracker remembers, as plain values. */
export interface TrackerState {
  readonly sessions: readonly TrackedSession[];
  readonly rateLimits: readonly RateLimit[];
}

const subagentMillis = 10 * 60_000;
/** What has no time of its own can still be on its way when a session ends. */
const afterEndMillis = 5_000;
/**
 * How long a session lingers that Claude Code ended: `claude -p` exports its events when it exits, and they take a longer
 * way than the hook that tells of the end.
 */
export const lingerMillis = 3_000;

/**
 * Merges what several sources say of each session into one account of it, as operations on the registry. No I/O and no
 * timers; time comes from the clock.
 *
 * Which figure counts is decided by `judge` in measurement.ts, and compactions are counted once by `noteCompaction` in
 * compaction.ts. A request of before a compaction that arrives after it changes nothing, nor does one of before the
 * session's end that arrives long after it.
 */
export class SessionTracker {
  readonly #clock: Clock;
  readonly #windows: WindowSettings | undefined;
  readonly #host: string | undefined;
  readonly #maxSessions: number;
  readonly #idleTimeoutMillis: number;
  /** In order of the last observation, the oldest first. */
  readonly #sessions = new RecencyMap<TrackedSession>();
  readonly #rateLimits = new Map<RateLimit['window'], RateLimit>();

  constructor(options: SessionTrackerOptions) {
    this.#clock = options.clock;
    this.#windows = options.windows;
    this.#host = options.host;
    this.#maxSessions = options.maxSessions ?? 10_000;
    this.#idleTimeoutMillis = options.idleTimeoutMillis ?? 3_600_000;
  }

  /** Takes over one observation. */
  observe(observation: SessionObservation): Tracked {
    const nowMillis = this.#clock.now();
    // A time in the future would make everything after it late.
    const atMillis = Math.min(observation.atMillis ?? nowMillis, nowMillis);
    const session = this.#session(observation.sessionId);
    if (isAfterEnd(session, observation, atMillis)) {
      if (!isLastWord(session, observation, nowMillis)) return leftOut(observation.source, 'late');
    } else {
      delete session.endedAtMillis;
      delete session.lastWordsUntilMillis;
    }
    for (const limit of observation.rateLimits ?? []) this.#rateLimits.set(limit.window, limit);
    const change = new SessionChange(session, nowMillis, () => this.#window(session).tokens);
    describeSession(session, observation, atMillis);
    change.apply(observation, atMillis);
    return this.#finish(session, change, observation, atMillis);
  }

  /** How much of the account's rate limits is used, without those that have started again since. */
  rateLimits(): RateLimit[] {
    const nowMillis = this.#clock.now();
    return [...this.#rateLimits.values()].filter((limit) => (limit.resetsAtMillis ?? Infinity) > nowMillis);
  }

  /** What is known of a session, or `undefined` where nothing was measured yet. */
  details(sessionId: string): SessionDetails | undefined {
    const session = this.#sessions.get(sessionId);
    return session && this.#details(session);
  }

  /** What is remembered of a session: to be read and not to be changed. */
  session(sessionId: string): Readonly<TrackedSession> | undefined {
    return this.#sessions.get(sessionId);
  }

  /** Everything that is remembered, to be written as JSON. */
  state(): TrackerState {
    return { sessions: [...this.#sessions.values()], rateLimits: [...this.#rateLimits.values()] };
  }

  /** Takes over what another tracker remembered. */
  restore(state: TrackerState): void {
    for (const session of state.sessions) this.#sessions.set(session.sessionId, session);
    for (const limit of state.rateLimits) this.#rateLimits.set(limit.window, limit);
  }

  #session(sessionId: string): TrackedSession {
    const session = this.#sessions.get(sessionId) ?? newTrackedSession(sessionId);
    this.#sessions.set(sessionId, session);
    const { size, oldest } = this.#sessions;
    if (size > this.#maxSessions && oldest !== undefined) this.#sessions.delete(oldest.sessionId);
    return session;
  }

  #finish(
    session: TrackedSession,
    change: SessionChange,
    observation: SessionObservation,
    atMillis: number,
  ): Tracked {
    if (observation.ended) {
      session.endedAtMillis = atMillis;
      if (observation.source !== 'api') session.lastWordsUntilMillis = this.#clock.now() + lingerMillis;
    }
    const ignored = change.ignored.map((reason) => ({ source: observation.source, reason }));
    const isHistory =
      observation.source === 'transcript' && this.#clock.now() - atMillis > this.#idleTimeoutMillis;
    if (session.measurement === undefined || isHistory) return { operations: [], ignored };
    if (session.endedAtMillis !== undefined) {
      const lingers = session.lastWordsUntilMillis !== undefined;
      change.operations.push({ kind: 'end', sessionId: session.sessionId, lingers });
    }
    return { operations: change.operations, ignored };
  }

  #window(session: TrackedSession) {
    return sessionWindow(session, this.#windows ?? { byModel: new Map() });
  }

  #details(session: TrackedSession): SessionDetails | undefined {
    if (session.measurement === undefined) return undefined;
    const window = this.#window(session);
    const subagentsSince = this.#clock.now() - subagentMillis;
    return {
      sessionName: session.sessionName?.text,
      model: session.model,
      project: session.project?.text,
      host: session.host ?? this.#host,
      source: session.measurement.source,
      windowSource: window.source,
      compactionThresholdTokens:
        session.learnedThresholdTokens ?? Math.max(window.tokens - compactionReserveTokens, 0),
      costUsd: session.sessionCostUsd ?? session.requestsCostUsd,
      subagents: session.subagents.filter((subagent) => subagent.atMillis >= subagentsSince),
    };
  }
}

function isAfterEnd(session: TrackedSession, observation: SessionObservation, atMillis: number): boolean {
  const { endedAtMillis } = session;
  // Programs that report through the API end their sessions themselves: what they send after that is meant so.
  if (endedAtMillis === undefined || observation.source === 'api') return false;
  return atMillis <= endedAtMillis + (observation.atMillis === undefined ? afterEndMillis : 0);
}

function isLastWord(
  { lastWordsUntilMillis = 0 }: TrackedSession,
  observation: SessionObservation,
  nowMillis: number,
): boolean {
  return observation.atMillis !== undefined && nowMillis <= lastWordsUntilMillis;
}

function leftOut(source: ObservationSource, reason: IgnoredReason): Tracked {
  return { operations: [], ignored: [{ source, reason }] };
}
