import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { maxSessions, type SubjectOptions } from './subject.ts';

/** OpenTelemetry's metrics SDK with JSON export and room for all sessions. */
export function meterProvider({ sinkUrl, exportIntervalMillis = 1_000 }: SubjectOptions): MeterProvider {
  if (sinkUrl === undefined) return new MeterProvider();
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: sinkUrl }),
    exportIntervalMillis,
    exportTimeoutMillis: exportIntervalMillis,
    cardinalityLimits: { default: maxSessions },
  });
  return new MeterProvider({ readers: [reader] });
}
