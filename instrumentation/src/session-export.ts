import { warnRarely } from './diagnostics.ts';
import type { SessionMetricExporter } from './metric-exporter.ts';
import type { Attributes, ExportContent, MetricPoints, Point } from './otlp-encoder.ts';
import { durationSeries, processSeries } from './process-series.ts';
import { processMetrics } from './metrics.ts';
import type { SessionRegistry } from './registry.ts';
import { RefreshTurns } from './refresh-turns.ts';
import { SeriesMemory, type Series, type SeriesSource } from './series.ts';
import type { SessionContext } from './session.ts';
import { sessionFigures } from './session-figures.ts';
import { WaitingSessions } from './waiting-sessions.ts';

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

interface Part extends Partial<Pick<ExportContent, 'metrics' | 'sessions' | 'areStale'>> {
  /** Called once the part was sent. */
  readonly sent?: (arrived: boolean) => void;
}

/**
 * Exports a registry: what changed since it last arrived, and a fifteenth of the rest each second. Departed sessions and
 * series get staleness markers.
 *
 * What did not arrive waits for the next export. If the collector is too slow for all of it, an export ends after its
 * interval, counts as failed with the reason `too_slow`, and the next one continues where it ended, with the newest
 * values: the values between are skipped. The process's own series and the sessions above the warning threshold go first.
 */
export class SessionExport {
  readonly #registry: SessionRegistry;
  readonly #exporter: SessionMetricExporter;
  readonly #sources: readonly SeriesSource[];
  readonly #startedAtMillis: number;
  readonly #turns = new RefreshTurns();
  readonly #memory = new SeriesMemory();
  readonly #waiting = new WaitingSessions();
  /** The registry's revision at the newest export. */
  #revision = -1;
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
    const further = this.#sources.flatMap((source) => [...source()]);
    this.#memory.replace([...durationSeries(this.#registry), ...further], monotonicMillis);
    const isTurn = this.#turns.next(monotonicMillis);
    const isDue = isFull ? () => true : isTurn;
    const series = [...processSeries(this.#registry), ...this.#memory.take(isDue)];
    this.#waiting.add(this.#registry.changedSince(this.#revision, isDue), this.#revision);
    this.#revision = this.#registry.revision;
    const isComplete =
      (await this.#sendAll(this.#parts(series), resource, untilMillis)) &&
      (await this.#sendAll(this.#departed(monotonicMillis), resource, untilMillis));
    if (!isComplete) this.#cutShort();
  }

  /** Marks every series of this process stale if the last export arrived, then closes the connection. */
  async end(resource: Attributes): Promise<void> {
    if (this.#exporter.isReachable) {
      const sessions = this.#registry.activeSessions();
      const own = { metric: processMetrics.activeSessions, attributes: {}, value: 0 };
      const markers = [...inRequests(sessions), ...this.#markers([own, ...this.#memory.current])];
      await this.#sendAll(markers, resource);
    }
    await this.#exporter.shutdown();
  }

  /** Returns whether there was time for all parts. */
  async #sendAll(parts: Iterable<Part>, resource: Attributes, untilMillis = Infinity): Promise<boolean> {
    const atMillis = this.#registry.clock.now();
    for (const { metrics = [], sessions = [], areStale = false, sent } of parts) {
      if (performance.now() > untilMillis) return false;
      const points = metrics.reduce((sum, metric) => sum + metric.points.length, 0);
      const content: ExportContent = { resource, metrics, sessions, areStale, atMillis };
      const arrived = await this.#exporter.send(content, points + sessions.length * sessionFigures.length);
      sent?.(arrived);
    }
    return true;
  }

  #cutShort(): void {
    this.#registry.exportsFailed.increment('too_slow');
    warnRarely(
      'too_slow',
      'an export took longer than its interval; the next one continues with the newest values',
    );
  }

  /** Each request has room for both series and sessions, so that many of one do not keep the others waiting. */
  *#parts(series: readonly Series[]): Generator<Part> {
    const ids = this.#waiting.inOrder(this.#registry);
    let [firstSeries, firstId] = [0, 0];
    do {
      const room = firstId < ids.length ? pointsPerRequest / 2 : pointsPerRequest;
      const someSeries = series.slice(firstSeries, (firstSeries += room));
      const sessionRoom = Math.floor((pointsPerRequest - someSeries.length) / sessionFigures.length);
      const someIds = ids.slice(firstId, (firstId += sessionRoom));
      const sessions = someIds.flatMap((id) => this.#registry.get(id) ?? []);
      const fresh = sessions.filter(({ sessionId }) => this.#waiting.isNew(sessionId));
      yield {
        sessions,
        metrics: [...this.#metricsOf(someSeries), ...startPoints(fresh)],
        sent: (arrived) => {
          this.#waiting.sent(someIds, arrived);
          if (arrived) this.#memory.arrived(someSeries);
        },
      };
    } while (firstSeries < series.length || firstId < ids.length);
  }

  /** Markers for what departed during the newest exports, and has not come back. */
  *#departed(monotonicMillis: number): Generator<Part> {
    const since = this.#exportTimes.length < markedExports ? -Infinity : this.#exportTimes[0]!;
    this.#exportTimes = [...this.#exportTimes, monotonicMillis].slice(-markedExports);
    const departures = this.#registry.departuresSince(since);
    for (let start = 0; start < departures.length; start += sessionsPerRequest) {
      const gone = departures
        .slice(start, start + sessionsPerRequest)
        .filter(({ sessionId }) => this.#registry.get(sessionId) === undefined);
      if (gone.length > 0)
        yield { sessions: gone.map(({ sessionId }) => departedSession(sessionId)), areStale: true };
    }
    yield* this.#markers(this.#memory.goneSince(since));
  }

  *#markers(series: Iterable<Series>): Generator<Part> {
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

function* inRequests(sessions: readonly SessionContext[]): Generator<Part> {
  for (let start = 0; start < sessions.length; start += sessionsPerRequest)
    yield { sessions: sessions.slice(start, start + sessionsPerRequest), areStale: true };
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
