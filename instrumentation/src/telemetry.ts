import { envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  PeriodicExportingMetricReader,
  type CollectionResult,
  type MetricCollectOptions,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { collectorTokenIn } from './collector-token.ts';
import { expectPositiveInteger, optionError } from './expectation.ts';
import { SessionMetricExporter } from './metric-exporter.ts';
import { SessionMetricProducer } from './metric-producer.ts';
import { SessionRegistry } from './registry.ts';
import type { SeriesSource } from './series.ts';

/** Options of {@link sessionMetricReader}. Options left out default to the standard `OTEL_EXPORTER_OTLP_*` variables. */
export interface SessionMetricReaderOptions {
  /** The registry to export. */
  readonly registry: SessionRegistry;
  /** Milliseconds between exports. Positive integer; default `OTEL_METRIC_EXPORT_INTERVAL`, else 1,000. */
  readonly exportIntervalMillis?: number;
  /** The collector's URL with its path. Default: from `OTEL_EXPORTER_OTLP_*`, else `http://localhost:4318/v1/metrics`. */
  readonly url?: string;
  /**
   * Headers of each export, such as a bearer token. Default: from `OTEL_EXPORTER_OTLP_*`, plus the bearer token from
   * the file that `CTXD_COLLECTOR_TOKEN_FILE` names.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further series to export. Default: none. */
  readonly moreSeries?: SeriesSource;
}

/** Options of {@link startTelemetry}. */
export interface TelemetryOptions extends SessionMetricReaderOptions {
  /** The resource's `service.name`. Default `OTEL_SERVICE_NAME`, else `koa-context-window`. */
  readonly serviceName?: string;
  /** Most milliseconds that the last export may take at shutdown. Positive integer, default 3,000. */
  readonly shutdownTimeoutMillis?: number;
  /** Whether to export once more on SIGTERM and SIGINT before the process ends. Default `true`. */
  readonly flushOnSignals?: boolean;
}

/** A running export. */
export interface Telemetry {
  /** Exports now. Never rejects. */
  flush(): Promise<void>;
  /** Exports once more, marks all series stale, and stops. Never rejects; takes at most `shutdownTimeoutMillis`. */
  shutdown(): Promise<void>;
}

/** Most data points in one request, so that an export blocks the event loop for a few milliseconds only. */
const pointsPerRequest = 3_500;

/**
 * Creates a metric reader that exports a registry's sessions, for an application with its own NodeSDK:
 * `new NodeSDK({ metricReaders: [sessionMetricReader({ registry })] })`.
 *
 * @throws TypeError or RangeError naming the invalid option
 */
export function sessionMetricReader(options: SessionMetricReaderOptions): PeriodicExportingMetricReader {
  const { registry, url, headers = tokenHeader() } = options;
  const exportIntervalMillis =
    options.exportIntervalMillis ?? environmentNumber('OTEL_METRIC_EXPORT_INTERVAL') ?? 1_000;
  expectRegistry(registry);
  expectPositiveInteger('exportIntervalMillis', exportIntervalMillis, 'Give milliseconds, such as 1000.');
  const producer = new SessionMetricProducer(registry, options.moreSeries);
  const timeoutMillis = Math.min(environmentTimeoutMillis() ?? 3_000, exportIntervalMillis);
  const exporter = new SessionMetricExporter(registry, producer, {
    timeoutMillis,
    ...(url === undefined ? {} : { url }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  });
  return new SessionMetricReader(exporter, {
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis: exportIntervalMillis,
    maxExportBatchSize: pointsPerRequest,
    metricProducers: [producer],
  });
}

function tokenHeader(): Record<string, string> | undefined {
  const token = collectorTokenIn(process.env['CTXD_COLLECTOR_TOKEN_FILE']);
  return token === undefined ? undefined : { authorization: `Bearer ${token}` };
}

/**
 * Starts exporting a registry through its own NodeSDK, metrics only. Applications that already use OpenTelemetry call
 * {@link sessionMetricReader} instead.
 *
 * A collector that is down or hangs does not affect the application: a failed export is dropped, and the next one carries
 * the totals.
 *
 * @throws TypeError or RangeError naming the invalid option
 * @example
 * const registry = new SessionRegistry();
 * const telemetry = startTelemetry({ registry, serviceName: 'my-mcp-server' });
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { shutdownTimeoutMillis = 3_000, flushOnSignals = true } = options;
  expectPositiveInteger('shutdownTimeoutMillis', shutdownTimeoutMillis, 'Give milliseconds, such as 3000.');
  const reader = sessionMetricReader(options);
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ 'service.name': 'koa-context-window' }),
    resourceDetectors: [envDetector],
    metricReaders: [reader],
    spanProcessors: [],
    logRecordProcessors: [],
    ...(options.serviceName === undefined ? {} : { serviceName: options.serviceName }),
  });
  sdk.start();
  let stopping: Promise<void> | undefined;
  const shutdown = () => (stopping ??= within(shutdownTimeoutMillis, sdk.shutdown()));
  if (flushOnSignals) shutDownAtExit(shutdown);
  return { shutdown, flush: () => within(shutdownTimeoutMillis, reader.forceFlush()) };
}

class SessionMetricReader extends PeriodicExportingMetricReader {
  readonly #sessionExporter: SessionMetricExporter;

  constructor(
    exporter: SessionMetricExporter,
    options: ConstructorParameters<typeof PeriodicExportingMetricReader>[0],
  ) {
    super(options);
    this.#sessionExporter = exporter;
  }

  override async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    const result = await super.collect(options);
    this.#sessionExporter.markDepartures();
    return result;
  }
}

function shutDownAtExit(shutdown: () => Promise<void>): void {
  process.once('beforeExit', () => void shutdown());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Kept until the shutdown is over: npm forwards the terminal's Ctrl-C, so the signal arrives twice.
    const onSignal = () => {
      void shutdown().then(() => {
        process.off(signal, onSignal);
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      });
    };
    process.on(signal, onSignal);
  }
}

async function within(millis: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work.catch(() => undefined), timeout]);
  clearTimeout(timer);
}

function environmentTimeoutMillis(): number | undefined {
  return (
    environmentNumber('OTEL_EXPORTER_OTLP_METRICS_TIMEOUT') ?? environmentNumber('OTEL_EXPORTER_OTLP_TIMEOUT')
  );
}

function environmentNumber(name: string): number | undefined {
  const value = Number(process.env[name]?.trim() || Number.NaN);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function expectRegistry(registry: unknown): void {
  if (registry instanceof SessionRegistry) return;
  throw optionError(
    'registry',
    'a SessionRegistry',
    registry,
    'Create one: `new SessionRegistry()`, and pass the same one to `contextWindow`.',
  );
}
