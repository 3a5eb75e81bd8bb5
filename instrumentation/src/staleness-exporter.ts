import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
  type OTLPExporterNodeConfigBase,
} from '@opentelemetry/otlp-exporter-base/node-http';
import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';

/**
 * Sends staleness markers. A marker is a point with the flag `no_recorded_value`: it ends a series in instant queries
 * within seconds instead of five minutes. The standard serializers drop that flag, so markers have a serializer of their
 * own.
 *
 * Uses the same options and environment as the exporter.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#no-recorded-value
 */
export class StalenessExporter extends OTLPExporterBase<ResourceMetrics> {
  constructor(config: OTLPExporterNodeConfigBase) {
    super(
      createOtlpHttpExportDelegate(
        convertLegacyHttpOptions(config, 'METRICS', 'v1/metrics', { 'Content-Type': 'application/json' }),
        stalenessSerializer,
        // The oldest supported versions ignore these parameters.
        'otlp_http_metric_exporter',
        { name: 'metric_data_point', countItems: pointCount },
        undefined,
      ),
    );
  }

  /** Marks series stale. A marker that does not arrive is sent again by the next exports, or ends with its process. */
  mark(resource: ResourceMetrics['resource'], series: ScopeMetrics): void {
    this.export({ resource, scopeMetrics: [series] }, () => undefined);
  }
}

const stalenessSerializer = {
  serializeRequest: (metrics: ResourceMetrics) =>
    new TextEncoder().encode(JSON.stringify(requestOf(metrics))),
  deserializeResponse: (): object => ({}),
};

function requestOf({ resource, scopeMetrics }: ResourceMetrics) {
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(resource.attributes) },
        scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(metricOf) })),
      },
    ],
  };
}

function metricOf(metric: MetricData) {
  const { name, description, unit } = metric.descriptor;
  const dataPoints = metric.dataPoints.map(({ attributes, startTime, endTime }) => ({
    attributes: attributesOf(attributes),
    startTimeUnixNano: nanosOf(startTime),
    timeUnixNano: nanosOf(endTime),
    flags: 1,
  }));
  const points = { dataPoints, aggregationTemporality: 2 };
  return 'isMonotonic' in metric
    ? { name, description, unit, sum: { ...points, isMonotonic: metric.isMonotonic } }
    : { name, description, unit, gauge: { dataPoints } };
}

function attributesOf(attributes: Readonly<Record<string, unknown>>) {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: unknown): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOf) } };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return { stringValue: String(value) };
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
}

function nanosOf([seconds, nanos]: readonly [number, number]): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
}

function pointCount({ scopeMetrics }: ResourceMetrics): number {
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}
