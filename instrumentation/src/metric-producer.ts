import type { Attributes, HrTime, ValueType } from '@opentelemetry/api';
import type {
  AggregationTemporality,
  CollectionResult,
  DataPoint,
  DataPointType,
  Histogram,
  MetricData,
  MetricProducer,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { processMetrics, sessionMetrics, type Metric } from './metrics.ts';
import type { SessionRegistry } from './registry.ts';
import { durationBoundsSeconds, type DurationSeries } from './request-durations.ts';
import { emptyResource } from './service-resource.ts';
import { SeriesMemory, type Series, type SeriesSource } from './series.ts';
import type { SessionContext, SessionCounters } from './session.ts';

// Values instead of imports: the producer works with any copy and any supported version of the SDK.
const double: ValueType.DOUBLE = 1;
const cumulative: AggregationTemporality.CUMULATIVE = 1;
const histogram: DataPointType.HISTOGRAM = 0;
const gauge: DataPointType.GAUGE = 2;
const sum: DataPointType.SUM = 3;

const scope = { name: 'koa-context-window' };

const gaugeValues = {
  contextTokens: (session) => session.tokensUsed,
  peakTokens: (session) => session.peakTokens,
  contextUsagePercent: (session) => session.usagePercent,
  duration: (session) => session.durationMillis / 1_000,
  windowTokens: (session) => session.windowTokens,
  lastActivity: (session) => session.lastActivityMillis / 1_000,
} as const satisfies Partial<Record<keyof typeof sessionMetrics, (session: SessionContext) => number>>;

const counterValues = {
  threshold70: (session) => session.threshold70Count,
  threshold90: (session) => session.threshold90Count,
  checkpoints: (session) => session.checkpointCount,
  tokensSaved: (session) => session.tokensSaved,
} as const satisfies Partial<Record<keyof typeof sessionMetrics, (session: SessionCounters) => number>>;

const sessionMetricKeys = Object.keys(sessionMetrics) as (keyof typeof sessionMetrics)[];

/**
 * Reads the registry at each collection: exactly the live sessions, with cumulative values.
 *
 * It replaces OpenTelemetry's instruments, which keep every attribute set forever and merge all beyond 2,000 into one.
 * It only reads, never rejects and never waits.
 */
export class SessionMetricProducer implements MetricProducer {
  readonly #registry: SessionRegistry;
  readonly #startedAtMillis: number;
  /** Monotonic time of the newest collection. */
  #collectedAtMillis: number;
  /** Monotonic time of the newest collection that arrived completely, before the current one. */
  #deliveredBeforeMillis = -Infinity;
  /** The same, including the current one. */
  #deliveredAtMillis = -Infinity;
  #allArrived = true;
  readonly #series: readonly SeriesSource[];
  readonly #memory = new SeriesMemory();

  /** @param series further series to export, each list from its own function; default: none */
  constructor(registry: SessionRegistry, series: readonly SeriesSource[] = []) {
    this.#registry = registry;
    this.#series = series;
    this.#startedAtMillis = registry.clock.now();
    this.#collectedAtMillis = registry.clock.monotonic();
  }

  /** Call it with the outcome of each batch of the newest collection. Once all arrived, its sessions are no longer new. */
  batchArrived(arrived: boolean): void {
    this.#allArrived &&= arrived;
    this.#deliveredAtMillis = this.#allArrived ? this.#collectedAtMillis : this.#deliveredBeforeMillis;
  }

  /** Collects the current value of every metric. Failures are returned in `errors`. */
  collect(): Promise<CollectionResult> {
    const errors: unknown[] = [];
    const metrics: MetricData[] = [];
    this.#collectedAtMillis = this.#registry.clock.monotonic();
    this.#deliveredBeforeMillis = this.#deliveredAtMillis;
    this.#allArrived = true;
    try {
      metrics.push(...this.#sessions(this.#registry.activeSessions()), ...this.#process());
      const series = this.#series.flatMap((source) => [...source()]);
      this.#memory.replace(series, this.#collectedAtMillis);
      metrics.push(...this.#metricsOf(this.#memory.current));
    } catch (error) {
      errors.push(error);
    }
    return Promise.resolve({
      resourceMetrics: { resource: emptyResource, scopeMetrics: [{ scope, metrics }] },
      errors,
    });
  }

  /** The series of these sessions as staleness markers need them: with attributes and time, values unused. */
  seriesOf(sessionIds: readonly string[]): ScopeMetrics {
    const endTime = hrTimeOf(this.#registry.clock.now());
    const points = sessionIds.map((sessionId) => ({
      startTime: endTime,
      endTime,
      attributes: { session_id: sessionId },
      value: 0,
    }));
    return { scope, metrics: sessionMetricKeys.map((key) => numberMetric(sessionMetrics[key], points)) };
  }

  /** The series that end with this process. */
  ownSeries(): Series[] {
    return [{ metric: processMetrics.activeSessions, attributes: {}, value: 0 }, ...this.#memory.current];
  }

  /** The further series that ended at or after a monotonic time. Their sessions may still be live. */
  goneSeries(sinceMonotonicMillis: number): Series[] {
    return this.#memory.goneSince(sinceMonotonicMillis);
  }

  /** Any series as staleness markers need them. */
  shapeOf(series: readonly Series[]): ScopeMetrics {
    const marked = series.filter(({ metric }) => metric.kind !== 'histogram');
    return { scope, metrics: this.#metricsOf(marked) };
  }

  #metricsOf(series: Iterable<Series>): MetricData[] {
    const startTime = hrTimeOf(this.#startedAtMillis);
    const endTime = hrTimeOf(this.#registry.clock.now());
    const byMetric = Map.groupBy(series, ({ metric }) => metric);
    return Array.from(byMetric, ([metric, points]) =>
      metric.kind === 'histogram'
        ? histogramOf(metric, points, startTime, endTime)
        : numberMetric(
            metric,
            points.map(({ attributes, value }) => ({ startTime, endTime, attributes, value })),
          ),
    );
  }

  #sessions(sessions: readonly SessionContext[]): MetricData[] {
    const endTime = hrTimeOf(this.#registry.clock.now());
    const common = sessions.map((session) => ({
      startTime: hrTimeOf(session.createdAtMillis),
      attributes: { session_id: session.sessionId },
    }));
    const fresh = sessions.filter((session) => this.#isNew(session));
    return sessionMetricKeys.map((key) => {
      const counter = key in counterValues ? counterValues[key as keyof typeof counterValues] : undefined;
      const value = counter ?? gaugeValues[key as keyof typeof gaugeValues];
      const points = sessions.map((session, index) => {
        const { startTime, attributes } = common[index]!;
        return { startTime, endTime, attributes, value: value(session) };
      });
      const zeros =
        counter === undefined
          ? []
          : fresh.filter((session) => counter(session) > 0).map((session) => startPoint(session, counter));
      return numberMetric(sessionMetrics[key], zeros.length > 0 ? [...zeros, ...points] : points);
    });
  }

  #isNew({ durationMillis }: SessionContext): boolean {
    return this.#collectedAtMillis - durationMillis >= this.#deliveredAtMillis;
  }

  #process(): MetricData[] {
    const registry = this.#registry;
    const startTime = hrTimeOf(this.#startedAtMillis);
    const endTime = hrTimeOf(this.#registry.clock.now());
    const point = (value: number, attributes: Attributes = {}) => ({ startTime, endTime, attributes, value });
    const byReason = (counts: Iterable<[string, number]>) =>
      Array.from(counts, ([reason, count]) => point(count, { reason }));
    return [
      numberMetric(processMetrics.activeSessions, [point(registry.size)]),
      numberMetric(processMetrics.sessionsEvicted, [point(registry.evicted)]),
      numberMetric(processMetrics.sessionIdsRefused, byReason(registry.sessionIdsRefused.entries())),
      numberMetric(processMetrics.usageRefused, byReason(registry.usageRefused.entries())),
      numberMetric(processMetrics.exportsFailed, byReason(registry.exportsFailed.entries())),
      requestHistogram(
        processMetrics.httpRequestDuration,
        registry.requestDurations.series(),
        startTime,
        endTime,
      ),
    ];
  }
}

/**
 * A point from just before the session started, for a counter that is above 0 in the first export: 0, or the count until
 * then. Without it, `rate()` and `increase()` would miss the first crossing, and a server that restarts at the
 * same count would look as if it never restarted.
 */
function startPoint(
  { sessionId, createdAtMillis, countersAtStart }: SessionContext,
  valueOf: (session: SessionCounters) => number,
): DataPoint<number> {
  const before = hrTimeOf(createdAtMillis - 1);
  const value = countersAtStart === undefined ? 0 : valueOf(countersAtStart);
  return { startTime: before, endTime: before, attributes: { session_id: sessionId }, value };
}

function descriptorOf({ name, description, unit }: Metric) {
  return { name, description, unit, valueType: double };
}

function numberMetric(metric: Metric, dataPoints: DataPoint<number>[]): MetricData {
  const common = {
    descriptor: descriptorOf(metric),
    aggregationTemporality: cumulative,
    dataPoints,
  };
  return metric.kind === 'counter'
    ? { ...common, dataPointType: sum, isMonotonic: true }
    : { ...common, dataPointType: gauge };
}

function requestHistogram(
  metric: Metric,
  series: Iterable<DurationSeries>,
  startTime: HrTime,
  endTime: HrTime,
): MetricData {
  const dataPoints = Array.from(series, ({ attributes, bucketCounts, count, sumSeconds }) => {
    const buckets = { boundaries: [...durationBoundsSeconds], counts: [...bucketCounts] };
    return { startTime, endTime, attributes, value: { buckets, count, sum: sumSeconds } };
  });
  return histogramMetric(metric, dataPoints);
}

function histogramOf(
  metric: Metric,
  series: readonly Series[],
  startTime: HrTime,
  endTime: HrTime,
): MetricData {
  const dataPoints = series.flatMap(({ attributes, value: count, histogram }) => {
    if (histogram === undefined) return [];
    const buckets = { boundaries: [...histogram.boundaries], counts: [...histogram.counts] };
    return { startTime, endTime, attributes, value: { buckets, count, sum: histogram.sum } };
  });
  return histogramMetric(metric, dataPoints);
}

function histogramMetric(metric: Metric, dataPoints: DataPoint<Histogram>[]): MetricData {
  return {
    descriptor: descriptorOf(metric),
    aggregationTemporality: cumulative,
    dataPointType: histogram,
    dataPoints,
  };
}

function hrTimeOf(millis: number): HrTime {
  const seconds = Math.floor(millis / 1_000);
  return [seconds, Math.round((millis - seconds * 1_000) * 1_000_000)];
}
