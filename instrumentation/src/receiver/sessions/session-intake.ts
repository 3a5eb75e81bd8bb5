import { ReasonCounter } from '../../counter.ts';
import { receiverMetrics } from '../../metrics.ts';
import type { SessionRegistry } from '../../registry.ts';
import type { Series } from '../../series.ts';
import type { Checkpoint } from '../../usage.ts';
import type { SourceReport } from '../answers.ts';
import type { Adapted, ObservationSource, ReportSource, SessionObservation } from '../reports/observation.ts';
import type { SessionContext, SessionCounters } from '../../session.ts';
import { Admission } from './admission.ts';
import type { RegistryOperation } from './registry-operation.ts';
import { lingerMillis, type SessionTracker } from './session-tracker.ts';
import type { TrackedSession } from './tracked-session.ts';

const sources: readonly ObservationSource[] = [
  'statusline',
  'otlp',
  'hook',
  'transcript',
  'process',
  'gateway',
  'api',
  'estimate',
];

/** Accepts all reports: merges them in the tracker, updates the registry and counts them by source. */
export class SessionIntake {
  readonly registry: SessionRegistry;
  readonly tracker: SessionTracker;
  /** One for each source, so that a program that makes up ids does not keep out Claude Code's sessions. */
  readonly #admissions: ReadonlyMap<ObservationSource, Admission>;
  readonly #compactionPercent: number;
  readonly #ignored = new Map<ReportSource, ReasonCounter>(
    [...sources, 'alerts' as const].map((source) => [source, new ReasonCounter()]),
  );
  readonly #lastSeenAtMillis = new Map<ObservationSource, number>();
  readonly #endings = new Map<string, NodeJS.Timeout>();
  #changes = 0;

  /** @param compactionPercent share of the tokens at which a session is compacted from which on it is exported. Default 95. */
  constructor(registry: SessionRegistry, tracker: SessionTracker, compactionPercent = 95) {
    this.registry = registry;
    this.tracker = tracker;
    this.#admissions = new Map(sources.map((source) => [source, new Admission(registry.clock)]));
    this.#compactionPercent = compactionPercent;
  }

  /** Number of reports so far. When it changes, there may be something new to save. */
  get changes(): number {
    return this.#changes;
  }

  /** Notes that there is something new to save. */
  noteChange(): void {
    this.#changes += 1;
  }

  /**
   * Accepts the result of an adapter.
   *
   * @returns whether all its sessions are known or were admitted; the others are counted as ignored
   */
  accept({ observations, ignored }: Adapted): boolean {
    this.#changes += 1;
    this.#countIgnored(ignored);
    let isAdmitted = true;
    const operations = observations.flatMap((observation) => {
      if (!this.#admits(observation)) {
        isAdmitted = false;
        return [];
      }
      this.#lastSeenAtMillis.set(observation.source, this.registry.clock.now());
      const tracked = this.tracker.observe(observation);
      this.#countIgnored(tracked.ignored);
      return tracked.operations;
    });
    this.#applyAll(operations);
    return isAdmitted;
  }

  #admits({ sessionId, source }: SessionObservation): boolean {
    if (this.tracker.session(sessionId) !== undefined) return true;
    if (this.#admissions.get(source)?.take() === true) return true;
    this.#countIgnored([{ source, reason: 'too_many_sessions' }]);
    return false;
  }

  /** Counts a checkpoint that a program recorded itself. */
  recordCheckpoint(sessionId: string, checkpoint: Checkpoint): void {
    this.#changes += 1;
    this.#lastSeenAtMillis.set('api', this.registry.clock.now());
    this.#applyAll(this.tracker.checkpoint(sessionId, checkpoint.tokensSaved).operations);
  }

  /** A summary of the reports from each source. */
  sources(): SourceReport[] {
    const live = this.registry.activeSessions().map(({ sessionId }) => this.seenAtMillis(sessionId));
    const reports = sources.map((source): SourceReport => ({
      source,
      lastSeenAtMillis: newest([
        this.#lastSeenAtMillis.get(source),
        ...live.map((session) => session[source]),
      ]),
      sessions: live.filter((session) => session[source] !== undefined).length,
      ignored: this.#ignoredOf(source),
    }));
    const rejected = this.#ignoredOf('alerts');
    if (Object.keys(rejected).length === 0) return reports;
    return [...reports, { source: 'alerts', lastSeenAtMillis: null, sessions: 0, ignored: rejected }];
  }

  #ignoredOf(source: ReportSource): SourceReport['ignored'] {
    return Object.fromEntries(this.#ignored.get(source)?.entries() ?? []);
  }

  /**
   * The live sessions of this machine (those with a transcript or a session file) that no source has reported since a
   * moment, in wall-clock milliseconds.
   */
  localSessions(silentSinceMillis: number): string[] {
    const live = this.registry.activeSessions().map(({ sessionId }) => sessionId);
    return [...live, ...this.tracker.waiting()].filter((sessionId) => {
      const { endedAtMillis, seenAtMillis = {} } = this.tracker.session(sessionId) ?? {};
      const isLocal = seenAtMillis.transcript !== undefined || seenAtMillis.process !== undefined;
      return isLocal && endedAtMillis === undefined && !isAfter(seenAtMillis, silentSinceMillis);
    });
  }

  /** When each source last reported a session. */
  seenAtMillis(sessionId: string): Readonly<Partial<Record<ObservationSource, number>>> {
    return this.tracker.session(sessionId)?.seenAtMillis ?? {};
  }

  /** The series that the receiver exports in addition to the registry's. */
  *series(): Generator<Series> {
    for (const session of this.registry.activeSessions()) yield* this.#sessionSeries(session);
    for (const sessionId of this.tracker.waiting()) yield this.#waitingSeries(sessionId);
    for (const { window, usedPercent, account } of this.tracker.rateLimits()) {
      const attributes = { window, ...(account !== undefined && { account }) };
      yield { metric: receiverMetrics.rateLimitUsed, attributes, value: usedPercent };
    }
    for (const [source, reasons] of this.#ignored) {
      for (const [reason, value] of reasons.entries()) {
        yield { metric: receiverMetrics.ignored, attributes: { source, reason }, value };
      }
    }
  }

  *#sessionSeries({ sessionId, tokensUsed }: SessionContext): Generator<Series> {
    const details = this.tracker.details(sessionId);
    if (details === undefined) return;
    const attributes = { session_id: sessionId };
    const info = {
      ...attributes,
      session_name: details.sessionName ?? '',
      model: details.model ?? '',
      project: details.project ?? '',
      host: details.host ?? '',
      source: details.source,
      window_source: details.windowSource,
    };
    const threshold = details.compactionThresholdTokens;
    yield { metric: receiverMetrics.sessionInfo, attributes: info, value: 1 };
    yield { metric: receiverMetrics.compactionThreshold, attributes, value: threshold };
    const percent = (tokensUsed * 100) / threshold;
    if (percent >= this.#compactionPercent) {
      yield { metric: receiverMetrics.compactionUsage, attributes, value: percent };
    }
    if (details.costUsd !== undefined) {
      const { accountId: account, costUsd } = details;
      const labels = { ...attributes, ...(account !== undefined && { account }) };
      yield { metric: receiverMetrics.sessionCost, attributes: labels, value: costUsd };
    }
    // Oldest first, so that the newest compaction of each trigger remains.
    const compactions = this.tracker.session(sessionId)?.account.compactions ?? [];
    for (const [trigger, atMillis] of new Map(compactions.map((one) => [one.trigger, one.atMillis]))) {
      const labels = { ...attributes, trigger };
      yield { metric: receiverMetrics.lastCompaction, attributes: labels, value: atMillis / 1_000 };
    }
    for (const { name, tokensUsed: tokens, windowTokens } of details.subagents) {
      const labels = { ...attributes, agent: name };
      yield { metric: receiverMetrics.subagentContextTokens, attributes: labels, value: tokens };
      if (windowTokens === undefined) continue;
      yield { metric: receiverMetrics.subagentWindowTokens, attributes: labels, value: windowTokens };
    }
  }

  /** A session that runs and has made no request yet: it has no figures. */
  #waitingSeries(sessionId: string): Series {
    const { sessionName, project, model } = this.tracker.session(sessionId)!;
    const attributes = {
      session_id: sessionId,
      session_name: sessionName?.text ?? '',
      model: model ?? '',
      project: project?.text ?? '',
      host: this.tracker.hostOf(sessionId) ?? '',
      source: 'process',
      window_source: '',
    };
    return { metric: receiverMetrics.sessionInfo, attributes, value: 1 };
  }

  #countIgnored(ignored: Adapted['ignored']): void {
    for (const { source, reason } of ignored) this.#ignored.get(source)?.increment(reason);
  }

  /** Applies only the final state after a batch: a state that is over when it arrives was never current. */
  #applyAll(operations: readonly RegistryOperation[]): void {
    const last = new Map<string, RegistryOperation>();
    for (const operation of operations) last.set(`${operation.kind} ${operation.sessionId}`, operation);
    for (const operation of last.values()) this.#apply(operation);
  }

  #apply(operation: RegistryOperation): void {
    const { registry } = this;
    const { sessionId } = operation;
    if (operation.kind === 'end') {
      if (operation.lingers) this.#endLater(sessionId);
      else registry.end(sessionId);
      return;
    }
    if (operation.kind === 'seen' && registry.get(sessionId) !== undefined) {
      registry.touch(sessionId, operation.atMillis);
      return;
    }
    if (operation.kind === 'keep' && registry.get(sessionId) !== undefined) {
      registry.keep(sessionId);
      return;
    }
    const published = this.tracker.publish(sessionId, operation.counters);
    const countersBefore = published ?? countersOfThePast(operation.counters);
    registry.assume(sessionId, operation.usage, { ...operation, countersBefore });
  }

  #endLater(sessionId: string): void {
    clearTimeout(this.#endings.get(sessionId));
    const end = () => {
      this.#endings.delete(sessionId);
      if (this.tracker.session(sessionId)?.endedAtMillis === undefined) return;
      this.registry.end(sessionId);
      this.#changes += 1;
    };
    this.#endings.set(sessionId, setTimeout(end, lingerMillis).unref());
  }
}

/** Crossings that are over when a session is first seen. They count, but send no notification. */
function countersOfThePast(counters: SessionCounters): SessionCounters {
  const { threshold70Count, threshold70Hit, threshold90Count, threshold90Hit } = counters;
  return {
    checkpointCount: 0,
    tokensSaved: 0,
    threshold70Count: threshold70Count - (threshold70Hit && threshold70Count > 0 ? 1 : 0),
    threshold90Count: threshold90Count - (threshold90Hit && threshold90Count > 0 ? 1 : 0),
    threshold70Hit: false,
    threshold90Hit: false,
  };
}

function isAfter(seenAtMillis: TrackedSession['seenAtMillis'], millis: number): boolean {
  return Object.values(seenAtMillis).some((atMillis) => atMillis > millis);
}

function newest(times: readonly (number | undefined)[]): number | null {
  return times.reduce<number | null>(
    (latest, time) => (time === undefined || (latest !== null && latest >= time) ? latest : time),
    null,
  );
}
