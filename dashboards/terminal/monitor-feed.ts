import type { Thresholds } from '#thresholds';
import type { MonitorSource, SessionHistory, Snapshot, Trend } from '../source/figures.ts';
import { GivenLabels } from './given-labels.ts';
import { type MonitorModel, monitorModel } from './monitor-model.ts';
import type { FeedCondition } from './status.ts';

/** The figures read so far. A new object after each change. */
export interface FeedState {
  readonly model: MonitorModel;
  readonly condition: FeedCondition;
  readonly trends: ReadonlyMap<string, Trend>;
  /** History of the session in the detail view. */
  readonly history?: SessionHistory | undefined;
}

/** The sessions whose history is on screen. */
export interface Watch {
  readonly sessionIds: readonly string[];
  readonly detailId?: string | undefined;
}

interface FeedOptions {
  readonly source: MonitorSource;
  readonly thresholds: Thresholds;
  readonly intervalMillis: number;
}

/** Longest wait before the next attempt. While a source is down, the wait starts at the interval and doubles. */
const longestWaitMillis = 30_000;

const nothing: Snapshot = { sessions: [], alerts: [] };

/**
 * Reads a source at intervals. While the source is down, it keeps the last figures, reports the problem and retries less and
 * less often. It recovers by itself.
 */
export class MonitorFeed implements Disposable {
  /** The thresholds that set the states of the sessions. */
  readonly thresholds: Thresholds;
  readonly #source: MonitorSource;
  readonly #intervalMillis: number;
  readonly #given = new GivenLabels();
  readonly #listeners = new Set<() => void>();
  #state: FeedState;
  #watch: Watch = { sessionIds: [] };
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isDisposed = false;
  #reading: Promise<void> | undefined;

  constructor({ source, thresholds, intervalMillis }: FeedOptions) {
    this.thresholds = thresholds;
    this.#source = source;
    this.#intervalMillis = intervalMillis;
    this.#state = {
      model: monitorModel(nothing, thresholds),
      condition: {
        hasAnswered: false,
        isLiveOnly: source.isLiveOnly,
        isPaused: false,
        replaySpeed: source.replaySpeed,
      },
      trends: new Map(),
    };
  }

  /** Calls a listener after each change. Returns a function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The current state. */
  readonly current = (): FeedState => this.#state;

  /** Reads the source now, and then at intervals unless paused. Never throws. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      this.#schedule();
    });
    return this.#reading;
  }

  /** Pauses or resumes reading at intervals. */
  pause(isPaused: boolean): void {
    if (isPaused === this.#state.condition.isPaused) return;
    this.#change({ condition: { ...this.#state.condition, isPaused } });
    this.#source.pause?.(isPaused);
    clearTimeout(this.#timer);
    if (!isPaused) void this.refresh();
  }

  /** Sets the sessions on screen and loads missing history at once. Never throws. */
  async watch(watch: Watch): Promise<void> {
    const isNew =
      watch.detailId !== this.#watch.detailId || watch.sessionIds.some((id) => !this.#state.trends.has(id));
    if (watch.detailId !== this.#watch.detailId) this.#change({ history: undefined });
    this.#watch = watch;
    if (isNew && this.#state.condition.hasAnswered) await this.#readPast().catch(() => undefined);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#isDisposed = true;
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const [snapshot, away] = await Promise.all([this.#source.snapshot(), this.#source.awayParts?.()]);
      this.#failures = 0;
      const { isLiveOnly, isPaused, replaySpeed, newestSampleSeconds } = this.#state.condition;
      const newest = snapshot.newestSampleSeconds ?? newestSampleSeconds;
      this.#change({
        model: monitorModel(snapshot, this.thresholds, this.#given),
        condition: {
          hasAnswered: true,
          isLiveOnly,
          isPaused,
          replaySpeed,
          away,
          newestSampleSeconds: newest,
        },
      });
      await this.#readPast();
    } catch (error) {
      this.#failures += 1;
      const problem = error instanceof Error ? error.message : String(error);
      const nextAttemptMillis = Date.now() + this.#waitMillis();
      this.#change({ condition: { ...this.#state.condition, problem, nextAttemptMillis } });
    }
  }

  async #readPast(): Promise<void> {
    const watch = this.#watch;
    const { sessionIds, detailId } = watch;
    const trends = sessionIds.length === 0 ? new Map<string, Trend>() : await this.#source.trends(sessionIds);
    if (watch === this.#watch) this.#change({ trends });
    if (detailId === undefined) return;
    const duration = this.#state.model.sessions.find(({ id }) => id === detailId)?.durationSeconds ?? 3_600;
    const history = await this.#source.history(detailId, duration);
    if (watch === this.#watch) this.#change({ history });
  }

  #schedule(): void {
    if (this.#isDisposed || this.#state.condition.isPaused) return;
    this.#timer = setTimeout(() => void this.refresh(), this.#waitMillis());
  }

  #waitMillis(): number {
    return Math.min(
      this.#intervalMillis * 2 ** Math.max(0, this.#failures - 1),
      Math.max(this.#intervalMillis, longestWaitMillis),
    );
  }

  #change(changes: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}
