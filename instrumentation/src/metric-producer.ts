import type { HrTime, ValueType } from '@opentelemetry/api';
import type {
  AggregationTemporality,
  CollectionResult,
  DataPoint,
  DataPointType,
  MetricData,
  MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Metric } from './metrics.ts';
import { durationSeries, processSeries } from './process-series.ts';
import type { SessionRegistry } from './registry.ts';
import { emptyResource } from './service-resource.ts';
import type { Series, SeriesSource } from './series.ts';
import { sessionFigures } from './session-figures.ts';

// Values instead of imports: the producer works with any copy and any supported version of the SDK.
const double: ValueType.DOUBLE = 1;
const cumulative: AggregationTemporality.CUMULATIVE = 1;
const histogram: DataPointType.HISTOGRAM = 0;
const gauge: DataPointType.GAUGE = 2;
const sum: DataPointType.SUM = 3;

const scope = { name: 'koa-context-window' };

/**
 * Reads the registry at each collection: exactly the live sessions, with cumulative values.
 *
 * It replaces OpenTelemetry's instruments, which keep every attribute set forever and merge all beyond 2,000 into one.
 * It only reads, never rejects and never waits.
 */
export class SessionMetricProducer implements MetricProducer {
  readonly #registry: SessionRegistry;
  readonly #series: readonly SeriesSource[];
  readonly #startedAtMillis: number;

  /** @param series further series, each list from its own function; default: none */
  constructor(registry: SessionRegistry, series: readonly SeriesSource[] = []) {
    this.#registry = registry;
    this.#series = series;
    this.#startedAtMillis = registry.clock.now();
  }

  /** Collects the current value of every metric. Failures are returned in `errors`. */
  collect(): Promise<CollectionResult> {
    const errors: unknown[] = [];
    const metrics: MetricData[] = [];
    try {
      metrics.push(...this.#sessions(), ...this.#further());
    } catch (error) {
      errors.push(error);
    }
    return Promise.resolve({
      resourceMetrics: { resource: emptyResource, scopeMetrics: [{ scope, metrics }] },
      errors,
    });
  }

  #sessions(): MetricData[] {
    const endTime = hrTimeOf(this.#registry.clock.now());
    const sessions = this.#registry.activeSessions();
    const common = sessions.map(({ sessionId, createdAtMillis }) => ({
      startTime: hrTimeOf(createdAtMillis),
      endTime,
      attributes: { session_id: sessionId },
    }));
    return sessionFigures.map(({ metric, valueOf }) =>
      numberMetric(
        metric,
        sessions.map((session, index) => ({ ...common[index]!, value: valueOf(session) })),
      ),
    );
  }

  #further(): MetricData[] {
    const startTime = hrTimeOf(this.#startedAtMillis);
    const endTime = hrTimeOf(this.#registry.clock.now());
    const series = [
      ...processSeries(this.#registry),
      ...durationSeries(this.#registry),
      ...this.#series.flatMap((source) => [...source()]),
    ];
    return Array.from(
      Map.groupBy(series, ({ metric }) => metric),
      ([metric, some]) => {
        const points = some.map((one) => ({ ...one, startTime, endTime }));
        return metric.kind === 'histogram' ? histogramMetric(metric, points) : numberMetric(metric, points);
      },
    );
  }
}

function descriptorOf({ name, description, unit }: Metric) {
  return { name, description, unit, valueType: double };
}

function numberMetric(metric: Metric, points: readonly DataPoint<number>[]): MetricData {
  const dataPoints = points.map(({ startTime, endTime, attributes, value }) => ({
    startTime,
    endTime,
    attributes,
    value,
  }));
  const common = { descriptor: descriptorOf(metric), aggregationTemporality: cumulative, dataPoints };
  return metric.kind === 'counter'
    ? { ...common, dataPointType: sum, isMonotonic: true }
    : { ...common, dataPointType: gauge };
}

function histogramMetric(
  metric: Metric,
  points: readonly (Series & Pick<DataPoint<number>, 'startTime' | 'endTime'>)[],
): MetricData {
  const dataPoints = points.flatMap(
    ({ startTime, endTime, attributes, value: count, histogram: counted }) => {
      if (counted === undefined) return [];
      const buckets = { boundaries: [...counted.boundaries], counts: [...counted.counts] };
      return { startTime, endTime, attributes, value: { buckets, count, sum: counted.sum } };
    },
  );
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
