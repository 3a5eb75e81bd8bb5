import { optionalClock, systemClock, type Clock } from '../../clock.ts';
import {
  expectOptions,
  isObject,
  optional,
  optionalBoolean,
  optionalCount,
  optionalFunction,
  optionalMillis,
  optionalText,
  type OptionChecks,
} from '../../expectation.ts';
import type { SessionCounters } from '../../session.ts';
import { RecencyMap } from '../../recency-map.ts';
import { optionalThresholds, thresholdsFrom, type Thresholds } from '../../thresholds.ts';
import type { AutoCompactWindow } from '../claude-window-settings.ts';
import type {
  Ignored,
  IgnoredReason,
  Launch,
  ObservationSource,
  SessionObservation,
} from '../reports/observation.ts';
import { hash } from 'node:crypto';
import { isExact, type AccountOptions } from './account.ts';
import { compactionPoint } from './compaction-point.ts';
import type { WindowSettings } from './model-windows.ts';
import { limitsAfter, limitsByAccount, type AccountLimit } from './rate-limits.ts';
import type { Report } from './report.ts';
import { operationOf, type RegistryOperation } from './registry-operation.ts';
import { isEndOfFormerProcess, noteProcess } from './session-process.ts';
import { reportOf } from './session-reports.ts';
import { addReport, followClock, settle, type TimeBasis } from './timeline.ts';
import {
  describeModel,
  describeSession,
  newTrackedSession,
  sessionWindow,
  type SessionDetails,
  type TrackedSession,
} from './tracked-session.ts';

/** The result of an observation. */
export interface Tracked {
  readonly operations: readonly RegistryOperation[];
  readonly ignored: readonly Ignored[];
}

/** Options of a {@link SessionTracker}. */
export interface SessionTrackerOptions {
  /** The source of time. Default: the clocks of this process. */
  readonly clock?: Clock;
  /** Windows that the environment sets. Default: none. */
  readonly windows?: WindowSettings;
  /** Shares of the window at which a crossing counts. Default: {@link thresholdsFrom} the process's environment, 70 and 90. */
  readonly thresholds?: Thresholds;
  /** Returns Claude Code's current setting `autoCompactWindow`, in tokens. Default: not set. */
  readonly autoCompactWindow?: AutoCompactWindow;
  /** The host of sessions whose sources name none. */
  readonly host?: string;
  /** Whether to keep a hash of 12 hexadecimal digits in place of an account's id. Default `false`. */
  readonly hashesAccounts?: boolean;
  /** Most sessions to remember; beyond it, the one that was silent for longest is forgotten. Default 10,000. */
  readonly maxSessions?: number;
  /** Transcript lines older than this, in milliseconds, are remembered but not shown. Default 3,600,000. */
  readonly idleTimeoutMillis?: number;
}

/** The whole state of a tracker, as plain values. */
export interface TrackerState {
  readonly sessions: readonly TrackedSession[];
}

const optionChecks: OptionChecks<SessionTrackerOptions> = {
  clock: optionalClock,
  windows: optional('a WindowSettings', isObject, 'See `windowSettingsFrom`.'),
  thresholds: optionalThresholds,
  autoCompactWindow: optionalFunction('Give a function that returns tokens or nothing.'),
  host: optionalText,
  hashesAccounts: optionalBoolean,
  maxSessions: optionalCount,
  idleTimeoutMillis: optionalMillis,
};

const nothing: Tracked = { operations: [], ignored: [] };
const subagentMillis = 10 * 60_000;
/** A report without a time can arrive this long after its session has ended. */
const afterEndMillis = 5_000;
/**
 * How long a session that Claude Code ended lingers: `claude -p` exports its events when it exits, and they take longer than
 * the hook that reports the end.
 */
export const lingerMillis = 3_000;

/**
 * Merges the reports of several sources on each session into one account, and returns operations on the registry. No I/O and
 * no timers; time comes from the clock.
 *
 * The account depends on the reports, not on the order in which they arrive: `accountOf` in account.ts processes the recent
 * ones again with each new one. A report from before a session's end that arrives long after it changes nothing.
 */
export class SessionTracker {
  readonly #clock: Clock;
  readonly #windows: WindowSettings;
  readonly #thresholds: Thresholds;
  readonly #autoCompactWindow: AutoCompactWindow;
  readonly #host: string | undefined;
  readonly #maxSessions: number;
  readonly #idleTimeoutMillis: number;
  /** In order of their last observation, oldest first. */
  readonly #sessions = new RecencyMap<TrackedSession>();
  /** How the running sessions were started. Kept apart, because it has paths of the user. */
  readonly #launches = new Map<string, Launch>();
  readonly #hashesAccounts: boolean;

  /** @throws TypeError or RangeError naming the invalid option */
  constructor(options: SessionTrackerOptions = {}) {
    expectOptions('SessionTracker', options, optionChecks);
    this.#clock = options.clock ?? systemClock;
    this.#windows = options.windows ?? { byModel: new Map() };
    this.#thresholds = options.thresholds ?? thresholdsFrom(process.env);
    this.#autoCompactWindow = options.autoCompactWindow ?? (() => undefined);
    this.#host = options.host;
    this.#hashesAccounts = options.hashesAccounts ?? false;
    this.#maxSessions = options.maxSessions ?? 10_000;
    this.#idleTimeoutMillis = options.idleTimeoutMillis ?? 3_600_000;
  }

  /** Accepts one observation. */
  observe(observation: SessionObservation): Tracked {
    const nowMillis = this.#clock.now();
    // A time in the future would make all later reports late.
    const atMillis = Math.min(observation.atMillis ?? nowMillis, nowMillis);
    const session = this.#session(observation.sessionId);
    if (observation.isTimeless) return this.#describe(session, observation, atMillis);
    if (isEndOfFormerProcess(session, observation, nowMillis)) return nothing;
    noteProcess(session, observation, nowMillis);
    if (observation.launch) this.#launches.set(session.sessionId, observation.launch);
    if (observation.running) return this.#keep(session, observation, nowMillis);
    if (observation.source === 'process' && session.endedAtMillis !== undefined) return nothing;
    if (isAfterEnd(session, observation, atMillis)) {
      if (!isLastWord(session, observation, nowMillis)) return leftOut(observation.source, 'late');
    } else {
      delete session.endedAtMillis;
      delete session.lastWordsUntilMillis;
    }
    const { rateLimits, accountId } = observation;
    if (rateLimits) session.rateLimits = limitsAfter(session.rateLimits ?? [], rateLimits, nowMillis);
    if (accountId !== undefined) session.accountId = this.#hashesAccounts ? hashed(accountId) : accountId;
    return this.#report(session, observation, atMillis);
  }

  /** Counts a checkpoint that a program recorded itself. */
  checkpoint(sessionId: string, tokensSaved: number): Tracked {
    const nowMillis = this.#clock.now();
    const session = this.#session(sessionId);
    const before = this.#operation(session, 'update', nowMillis);
    const times = { source: 'api', arrivedMillis: nowMillis, atMillis: nowMillis } as const;
    followClock(session.timeline, nowMillis);
    addReport(session.timeline, { kind: 'checkpoint', tokensSaved, ...times }, 'arrival');
    this.#settle(session, nowMillis);
    return { operations: this.#changes(session, before, nowMillis), ignored: [] };
  }

  /** Records the counters that the registry gets, and returns the previous ones. */
  publish(sessionId: string, counters: SessionCounters): SessionCounters | undefined {
    const session = this.#sessions.get(sessionId);
    const before = session?.published;
    if (session !== undefined) session.published = counters;
    return before;
  }

  /** The use of each account's rate limits, without those that have been reset since. */
  rateLimits(): AccountLimit[] {
    return limitsByAccount(this.#sessions.values(), this.#clock.now());
  }

  /** The description of a session, or `undefined` before its first figure. */
  details(sessionId: string): SessionDetails | undefined {
    const session = this.#sessions.get(sessionId);
    return session && this.#details(session);
  }

  /** Ids of running sessions without a figure yet. */
  *waiting(): Generator<string> {
    for (const { sessionId } of this.#sessions.values()) if (this.isWaiting(sessionId)) yield sessionId;
  }

  /** Whether a session is running without a figure yet. */
  isWaiting(sessionId: string): boolean {
    const session = this.#sessions.get(sessionId);
    return session?.isRunning === true && session.account.figure === undefined;
  }

  /** The host of a session; this machine if no source names one. */
  hostOf(sessionId: string): string | undefined {
    return this.#sessions.get(sessionId)?.host ?? this.#host;
  }

  /** The state of a session. Do not change it. */
  session(sessionId: string): Readonly<TrackedSession> | undefined {
    return this.#sessions.get(sessionId);
  }

  /** The whole state, to be written as JSON. */
  state(): TrackerState {
    return { sessions: [...this.#sessions.values()] };
  }

  /** Restores the state of another tracker. */
  restore(state: TrackerState): void {
    for (const session of state.sessions) this.#sessions.set(session.sessionId, session);
  }

  /** Notes what a session has been told. */
  noteNudge(sessionId: string, nudged: TrackedSession['nudged']): void {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) session.nudged = nudged;
  }

  #session(sessionId: string): TrackedSession {
    const session = this.#sessions.get(sessionId) ?? newTrackedSession(sessionId);
    this.#sessions.set(sessionId, session);
    const { size, oldest } = this.#sessions;
    if (size > this.#maxSessions && oldest !== undefined) this.#forget(oldest);
    return session;
  }

  #forget({ sessionId }: TrackedSession): void {
    this.#sessions.delete(sessionId);
    this.#launches.delete(sessionId);
  }

  /** Takes an observation without a time: it describes the session, but is not activity. */
  #describe(session: TrackedSession, observation: SessionObservation, atMillis: number): Tracked {
    const before = this.#operation(session, 'update', atMillis);
    describeSession(session, observation, atMillis);
    this.#settle(session, this.#clock.now());
    const after = this.#operation(session, 'update', atMillis);
    if (before === undefined || after === undefined || isEqual(before, after)) return nothing;
    return { operations: [{ ...after, isActivity: false }], ignored: [] };
  }

  /** A process has the session open: it lives, with the figures that are known. */
  #keep(session: TrackedSession, observation: SessionObservation, nowMillis: number): Tracked {
    delete session.endedAtMillis;
    delete session.lastWordsUntilMillis;
    describeSession(session, observation, nowMillis);
    const operation = this.#operation(session, 'keep', nowMillis);
    return { operations: operation === undefined ? [] : [operation], ignored: [] };
  }

  #report(session: TrackedSession, observation: SessionObservation, atMillis: number): Tracked {
    const { source } = observation;
    const nowMillis = this.#clock.now();
    const isHistory = source === 'transcript' && nowMillis - atMillis > this.#idleTimeoutMillis;
    const activeMillis = source === 'transcript' ? atMillis : nowMillis;
    const before = this.#operation(session, 'seen', activeMillis);
    followClock(session.timeline, nowMillis);
    describeSession(session, observation, atMillis);
    const report = reportOf(observation, { arrivedMillis: nowMillis, isHistory });
    const reason = report && this.#insert(session, report, observation);
    const ignored = reason === undefined ? [] : [{ source, reason }];
    if (report === undefined) this.#settle(session, nowMillis);
    if (observation.ended) {
      session.endedAtMillis = atMillis;
      if (source !== 'api') session.lastWordsUntilMillis = nowMillis + lingerMillis;
    }
    session.isUnpublished ||= isHistory && !session.isRunning;
    if (session.account.figure === undefined || (isHistory && !session.isRunning))
      return { operations: [], ignored };
    const known = session.isUnpublished ? undefined : before;
    session.isUnpublished = false;
    const operations = [
      ...(before === undefined ? [] : [before]),
      ...this.#changes(session, known, activeMillis),
    ];
    if (session.endedAtMillis !== undefined) {
      const lingers = session.lastWordsUntilMillis !== undefined;
      operations.push({ kind: 'end', sessionId: session.sessionId, lingers });
    }
    return { operations, ignored };
  }

  /** Adds a report to the session's account. Returns why it changes nothing, if that should be counted. */
  #insert(
    session: TrackedSession,
    report: Report,
    { source, atMillis }: SessionObservation,
  ): IgnoredReason | undefined {
    if (report.kind === 'figure' && isShownAgain(session, report)) {
      this.#settle(session, report.arrivedMillis);
      return undefined;
    }
    const isRequest = source === 'otlp' || source === 'transcript' || source === 'gateway';
    const basis: TimeBasis = atMillis !== undefined ? 'clock' : isRequest ? 'arrival' : 'none';
    const insertion = addReport(session.timeline, report, basis);
    this.#settle(session, report.arrivedMillis);
    const { figure } = session.account;
    if (report.kind !== 'figure' || figure?.tokensUsed === report.tokensUsed) {
      const { model } = session;
      if (report.kind === 'figure') describeModel(session, report.model);
      if (model !== session.model) this.#settle(session, report.arrivedMillis);
      return insertion === 'duplicate' || insertion === 'late' ? insertion : undefined;
    }
    if (basis === 'none') withdraw(session, report);
    if (insertion === 'duplicate') return insertion;
    if (report.unattributed !== undefined) return 'background_request';
    return isExact(report) ? 'late' : 'less_exact';
  }

  #settle(session: TrackedSession, nowMillis: number): void {
    const windowTokens = this.#window(session).tokens;
    session.account = settle(session.timeline, nowMillis, this.#accountOptions(session));
    // The account can prove that the window it was computed with is wrong.
    if (this.#window(session).tokens !== windowTokens) {
      session.account = settle(session.timeline, nowMillis, this.#accountOptions(session));
    }
  }

  #accountOptions(session: TrackedSession): AccountOptions {
    const windows = new Map<string | undefined, number>();
    const settings = this.#settingsFor(session);
    const windowTokensOf = (model = session.model) => {
      const known = windows.get(model) ?? sessionWindow(session, settings, model).tokens;
      windows.set(model, known);
      return known;
    };
    return { runs: session.timeline.runs, thresholds: this.#thresholds, windowTokensOf };
  }

  #operation(
    session: TrackedSession,
    kind: 'seen' | 'keep' | 'update',
    atMillis: number,
  ): FigureOperation | undefined {
    return operationOf(kind, session, this.#window(session).tokens, atMillis);
  }

  #changes(
    session: TrackedSession,
    before: FigureOperation | undefined,
    atMillis: number,
  ): RegistryOperation[] {
    const after = this.#operation(session, 'update', atMillis);
    return after === undefined || (before !== undefined && isEqual(before, after)) ? [] : [after];
  }

  #window(session: TrackedSession) {
    return sessionWindow(session, this.#settingsFor(session));
  }

  #settingsFor({ sessionId }: TrackedSession) {
    return { ...this.#windows, folder: this.#launches.get(sessionId)?.folder };
  }

  #details(session: TrackedSession): SessionDetails | undefined {
    const { figure } = session.account;
    if (figure === undefined) return undefined;
    const window = this.#window(session);
    const { folder, autoCompactWindow } = this.#launches.get(session.sessionId) ?? {};
    const subagentsSince = this.#clock.now() - subagentMillis;
    return {
      sessionName: session.sessionName?.text,
      model: session.model,
      project: session.project?.text,
      host: this.hostOf(session.sessionId),
      source: figure.source,
      windowTokens: window.tokens,
      windowSource: window.source,
      compactionThresholdTokens: compactionPoint({
        windowTokens: window.tokens,
        autoCompactWindow: autoCompactWindow ?? this.#autoCompactWindow(folder),
        leastCompactedTokens: session.account.leastCompactedTokens,
      }),
      costUsd: session.sessionCostUsd ?? session.requestsCostUsd,
      accountId: session.accountId,
      subagents: session.subagents.filter((subagent) => subagent.atMillis >= subagentsSince),
    };
  }
}

type FigureOperation = Extract<RegistryOperation, { kind: 'seen' | 'keep' | 'update' }>;

function isEqual(one: FigureOperation, other: FigureOperation): boolean {
  const plain = ({ usage, counters }: FigureOperation) => JSON.stringify([usage, counters]);
  return plain(one) === plain(other);
}

/** The status line keeps showing a figure until there is a new one. */
function isShownAgain(session: TrackedSession, { source, tokensUsed }: Report & { kind: 'figure' }): boolean {
  if (source !== 'statusline') return false;
  const shownBefore = session.statuslineTokensUsed;
  session.statuslineTokensUsed = tokensUsed;
  return shownBefore === tokensUsed;
}

/** Forgets a figure without a time that another one overrides, so that it can count when it is shown again. */
function withdraw(
  session: TrackedSession,
  { source, tokensUsed, arrivedMillis }: Report & { kind: 'figure' },
): void {
  const { timeline } = session;
  timeline.reports = timeline.reports.filter(
    (report) =>
      report.kind !== 'figure' ||
      report.run !== undefined ||
      report.source !== source ||
      report.tokensUsed !== tokensUsed ||
      report.arrivedMillis !== arrivedMillis,
  );
  if (source === 'statusline') session.statuslineTokensUsed = undefined;
}

function hashed(accountId: string): string {
  return hash('sha256', accountId).slice(0, 12);
}

function isAfterEnd(session: TrackedSession, observation: SessionObservation, atMillis: number): boolean {
  const { endedAtMillis } = session;
  // Programs that report through the API end their sessions themselves, so later reports from them are intended.
  if (endedAtMillis === undefined || observation.source === 'api') return false;
  if (observation.atMillis === undefined) return atMillis <= endedAtMillis + afterEndMillis;
  return atMillis + clockLagMillis(session) <= endedAtMillis;
}

/** How far the clock of the session's reports is behind: by the delay of the fastest report. */
function clockLagMillis({ timeline }: TrackedSession): number {
  const lags = timeline.reports
    .filter(({ source, run }) => source === 'otlp' && run !== undefined)
    .map(({ arrivedMillis, atMillis }) => arrivedMillis - atMillis);
  const lagMillis = Math.min(...lags);
  return lagMillis > afterEndMillis && lagMillis < Infinity ? lagMillis : 0;
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
