import type { SessionMetricExporter } from './metric-exporter.ts';
import type { Attributes, ExportContent, MetricPoints, Point } from './otlp-encoder.ts';
import { durationSeries, processSeries } from './process-series.ts';
import { processMetrics } from './metrics.ts';
import type { Changed, SessionRegistry } from './registry.ts';
import { RefreshTurns } from './refresh-turns.ts';
import { SeriesMemory, type Series, type SeriesSource } from './series.ts';
import type { SessionContext } from './session.ts';
import { sessionFigures } from './session-figures.ts';

/** Most data points in one request, so that an export blocks the event loop for a few milliseconds only. */
const pointsPerRequest = 3_500;
const sessionsPerRequest = Math.floor(pointsPerRequest / sessionFigures.length);
/** A departed session is marked in this many exports, so that one lost export does not keep its series alive. */
const markedExports = 3;

/** How an export runs. */
export interface ExportRun {
  readonly resource: Attributes;
  /** Whether everything is sent, changed or not. */
  readonly isFull: boolean;
  /** Time by `performance.now()` at which the export is given up. */
  readonly untilMillis: number;
}

type Part = Partial<Pick<ExportContent, 'metrics' | 'sessions' | 'areStale'>>;

/**
 * Exports a registry: what changed since the last export that arrived, and a fifteenth of the rest each second. Departed
 * sessions and series get staleness markers.
 *
 * After an export that did not arrive completely, the next one has its content again.
 */
export class SessionExport {
  readonly #registry: SessionRegistry;
  readonly #exporter: SessionMetricExporter;
  readonly #sources: readonly SeriesSource[];
  readonly #startedAtMillis: number;
  readonly #turns = new RefreshTurns();
  readonly #memory = new SeriesMemory();
  /** The registry's revision at the newest export that arrived. */
  #arrivedRevision = -1;
  /** Monotonic times of the newest exports, oldest first. */
  #exportTimes: number[] = [];

  constructor(registry: SessionRegistry, sources: readonly SeriesSource[], exporter: SessionMetricExporter) {
    this.#registry = registry;
    this.#sources = sources;
    this.#exporter = exporter;
    this.#startedAtMillis = registry.clock.now();
  }

  /** Exports once. Rejects if a source of series throws. */
  async run({ resource, isFull, untilMillis }: ExportRun): Promise<void> {
    const monotonicMillis = this.#registry.clock.monotonic();
    const isTurn = this.#turns.start(monotonicMillis);
    const isDue = isFull ? () => true : isTurn;
    const { revision } = this.#registry;
    const further = this.#sources.flatMap((source) => [...source()]);
    this.#memory.replace([...durationSeries(this.#registry), ...further], monotonicMillis);
    const series = [...processSeries(this.#registry), ...this.#memory.take(isDue)];
    const changed = this.#registry.changedSince(this.#arrivedRevision, isDue);
    await this.#sendAll(this.#departed(monotonicMillis), resource);
    const arrived = await this.#sendAll(this.#parts(changed, series), resource, untilMillis);
    if (arrived) {
      this.#turns.arrived();
      this.#arrivedRevision = revision;
    } else {
      this.#memory.forget();
    }
  }

  /** Marks every series of this process stale if the last export arrived, then closes the connection. */
  async end(resource: Attributes): Promise<void> {
    if (this.#exporter.isReachable) {
      const sessions = this.#registry.activeSessions();
      const own = { metric: processMetrics.activeSessions, attributes: {}, value: 0 };
      await this.#sendAll(this.#markers(sessions, [own, ...this.#memory.current]), resource);
    }
    await this.#exporter.shutdown();
  }

  /** Returns whether all parts arrived. */
  async #sendAll(parts: Iterable<Part>, resource: Attributes, untilMillis = Infinity): Promise<boolean> {
    const atMillis = this.#registry.clock.now();
    let arrived = true;
    for (const { metrics = [], sessions = [], areStale = false } of parts) {
      if (performance.now() > untilMillis) return false;
      const points = metrics.reduce((sum, metric) => sum + metric.points.length, 0);
      const content: ExportContent = { resource, metrics, sessions, areStale, atMillis };
      const sent = await this.#exporter.send(content, points + sessions.length * sessionFigures.length);
      arrived &&= sent;
    }
    return arrived;
  }

  *#parts(changed: readonly Changed[], series: readonly Series[]): Generator<Part> {
    let sent = 0;
    for (let start = 0; start === 0 || start < changed.length; start += sessionsPerRequest) {
      const some = changed.slice(start, start + sessionsPerRequest);
      const isLast = start + sessionsPerRequest >= changed.length;
      const room = isLast ? pointsPerRequest - some.length * sessionFigures.length : 0;
      const sessions = some.flatMap(({ sessionId }) => this.#registry.get(sessionId) ?? []);
      const isNew = new Set(
        some.filter(({ firstRevision }) => firstRevision > this.#arrivedRevision).map((one) => one.sessionId),
      );
      const fresh = sessions.filter(({ sessionId }) => isNew.has(sessionId));
      yield { sessions, metrics: [...startPoints(fresh), ...this.#metricsOf(series.slice(0, room))] };
      sent = room;
    }
    for (; sent < series.length; sent += pointsPerRequest) {
      yield { metrics: this.#metricsOf(series.slice(sent, sent + pointsPerRequest)) };
    }
  }

  /** Markers for what departed during the newest exports. */
  #departed(monotonicMillis: number): Iterable<Part> {
    const since = this.#exportTimes.length < markedExports ? -Infinity : this.#exportTimes[0]!;
    this.#exportTimes = [...this.#exportTimes, monotonicMillis].slice(-markedExports);
    const sessions = this.#registry.departuresSince(since).map(({ sessionId }) => departedSession(sessionId));
    return this.#markers(sessions, this.#memory.goneSince(since));
  }

  *#markers(sessions: readonly SessionContext[], series: Iterable<Series>): Generator<Part> {
    for (let start = 0; start < sessions.length; start += sessionsPerRequest) {
      yield { sessions: sessions.slice(start, start + sessionsPerRequest), areStale: true };
    }
    const marked = [...series].filter(({ metric }) => metric.kind !== 'histogram');
    for (let start = 0; start < marked.length; start += pointsPerRequest) {
      yield { metrics: this.#metricsOf(marked.slice(start, start + pointsPerRequest), true) };
    }
  }

  #metricsOf(series: readonly Series[], areStale = false): MetricPoints[] {
    const atMillis = this.#registry.clock.now();
    const times = { startMillis: areStale ? atMillis : this.#startedAtMillis, atMillis };
    const pointOf = ({ attributes, value, histogram }: Series): Point =>
      areStale ? { ...times, attributes, value: undefined } : { ...times, attributes, value, histogram };
    const byMetric = Map.groupBy(series, ({ metric }) => metric);
    return Array.from(byMetric, ([metric, some]) => ({ metric, points: some.map(pointOf) }));
  }
}

/**
 * Points from just before new sessions started, for counters that are above 0 in their first export: 0, or the count until
 * then. Without them, `rate()` and `increase()` would miss the first crossing, and a server that restarts at the same count
 * would look as if it never restarted.
 */
function startPoints(fresh: readonly SessionContext[]): MetricPoints[] {
  return sessionFigures.flatMap(({ metric, counterOf }) => {
    if (counterOf === undefined) return [];
    const counted = fresh.filter((session) => counterOf(session) > 0);
    if (counted.length === 0) return [];
    const points = counted.map(({ sessionId, createdAtMillis, countersAtStart }) => ({
      attributes: { session_id: sessionId },
      startMillis: createdAtMillis - 1,
      atMillis: createdAtMillis - 1,
      value: countersAtStart === undefined ? 0 : counterOf(countersAtStart),
    }));
    return [{ metric, points }];
  });
}

/** A marker needs no more of a session than its id. */
function departedSession(sessionId: string): SessionContext {
  return { sessionId } as SessionContext;
}
