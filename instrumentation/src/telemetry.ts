import { exportToken } from './collector-token.ts';
import {
  expectOptions,
  isObject,
  optional,
  optionalBoolean,
  optionalMillis,
  optionalText,
  type OptionChecks,
} from './expectation.ts';
import {
  certificates,
  environmentNumber,
  environmentProtocol,
  supportedProtocols,
  environmentTimeoutMillis,
  expectSupported,
  isExportEnabled,
} from './export-settings.ts';
import { SessionMetricExporter, type Protocol } from './metric-exporter.ts';
import { SessionMetricProducer } from './metric-producer.ts';
import type { SessionRegistry } from './registry.ts';
import { requiredRegistry } from './registry-option.ts';
import type { SeriesSource } from './series.ts';
import { highUsageSeries } from './high-usage-series.ts';
import { serviceResource } from './service-resource.ts';
import { SessionExport } from './session-export.ts';
import { SessionMetricReader } from './session-metric-reader.ts';

export type { Protocol, SessionMetricProducer, SessionMetricReader };

/** Options of {@link sessionMetricProducer}. */
export interface SessionMetricProducerOptions {
  /** The registry to export. */
  readonly registry: SessionRegistry;
  /** Further series to export, each list from its own function. Default: none. */
  readonly series?: readonly SeriesSource[];
}

/** Options of {@link sessionMetricReader}. Options left out default to the standard `OTEL_EXPORTER_OTLP_*` variables. */
export interface SessionMetricReaderOptions extends SessionMetricProducerOptions {
  /** Milliseconds between exports. Positive integer; default `OTEL_METRIC_EXPORT_INTERVAL`, else 1,000. */
  readonly exportIntervalMillis?: number;
  /** The collector's URL with its path. Default: from `OTEL_EXPORTER_OTLP_*`, else `http://localhost:4318/v1/metrics`. */
  readonly url?: string;
  /**
   * How an export is encoded; protobuf takes less time and bandwidth. Default: from `OTEL_EXPORTER_OTLP_*` unless there is a `url`, else `http/json`.
   */
  readonly protocol?: Protocol;
  /**
   * Headers of each export, such as a bearer token. Default: from `OTEL_EXPORTER_OTLP_*`, plus the bearer token from
   * the file that `CTXD_COLLECTOR_TOKEN_FILE` names. Without that variable, a collector on this machine gets the token of
   * ctxd's stack, if this user runs one.
   */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Options of {@link startTelemetry}. */
export interface TelemetryOptions extends SessionMetricReaderOptions {
  /** The resource's `service.name`. Default `OTEL_SERVICE_NAME`, else `koa-context-window`. */
  readonly serviceName?: string;
  /**
   * The resource's `service.instance.id`, which tells reporters of one service apart. A sender that continues the counters of
   * a former process gives that one's id. Default: from `OTEL_RESOURCE_ATTRIBUTES`, else a random one of this process.
   */
  readonly instanceId?: string;
  /** Most milliseconds that the last export may take at shutdown. Positive integer, default 3,000. */
  readonly shutdownTimeoutMillis?: number;
  /** Whether to export once more on SIGTERM and SIGINT before the process ends. Default `true`. */
  readonly flushOnSignals?: boolean;
}

/** A running export. Disposing of it shuts it down. */
export interface Telemetry extends AsyncDisposable {
  /** Exports now. Never rejects. */
  flush(): Promise<void>;
  /** Exports once more, marks all series stale, and stops. Never rejects; takes at most `shutdownTimeoutMillis`. */
  shutdown(): Promise<void>;
}

/**
 * Creates a metric reader that exports a registry's sessions, and none of the application's own metrics. Add it to the
 * application's NodeSDK or MeterProvider, which may be any version from 2.0 on:
 * `new NodeSDK({ metricReaders: [sessionMetricReader({ registry })] })`.
 *
 * @throws TypeError or RangeError naming the invalid option or environment variable
 */
export function sessionMetricReader(options: SessionMetricReaderOptions): SessionMetricReader {
  return readerFor(expectOptions('sessionMetricReader', options, readerChecks));
}

/**
 * Creates a metric producer for a reader that is scraped, such as
 * `new PrometheusExporter({ metricProducers: [sessionMetricProducer({ registry })] })`. At each collection it has exactly the live
 * sessions: a session that ended is not in the next scrape.
 *
 * @throws TypeError or RangeError naming the invalid option
 */
export function sessionMetricProducer(options: SessionMetricProducerOptions): SessionMetricProducer {
  const { registry, series = [] } = expectOptions('sessionMetricProducer', options, producerChecks);
  return new SessionMetricProducer(registry, [() => highUsageSeries(registry), ...series]);
}

const producerChecks: OptionChecks<SessionMetricProducerOptions> = {
  registry: requiredRegistry,
  series: optional('a list of functions', isFunctions, 'Give a list, such as `series: [embeddings.series]`.'),
};

const readerChecks: OptionChecks<SessionMetricReaderOptions> = {
  ...producerChecks,
  exportIntervalMillis: optionalMillis,
  url: optional(
    'an http or https URL',
    isHttpUrl,
    'Give the whole URL, such as http://localhost:4318/v1/metrics.',
  ),
  protocol: optional(
    supportedProtocols.join(' or '),
    (value) => supportedProtocols.includes(value as Protocol),
    'Leave it out for http/json.',
  ),
  headers: optional('an object of texts', isTexts, "Give headers such as { authorization: 'Bearer …' }."),
};

const telemetryChecks: OptionChecks<TelemetryOptions> = {
  ...readerChecks,
  serviceName: optionalText,
  instanceId: optionalText,
  shutdownTimeoutMillis: optionalMillis,
  flushOnSignals: optionalBoolean,
};

function readerFor(options: SessionMetricReaderOptions): SessionMetricReader {
  const { registry, url, headers = tokenHeader(options.url) } = options;
  const protocol = options.protocol ?? environmentProtocol(url);
  const exportIntervalMillis =
    options.exportIntervalMillis ?? environmentNumber('OTEL_METRIC_EXPORT_INTERVAL') ?? 1_000;
  const isEnabled = isExportEnabled(url);
  if (isEnabled) expectSupported();
  const exporter = new SessionMetricExporter(registry, protocol, {
    timeoutMillis: Math.min(environmentTimeoutMillis() ?? 3_000, exportIntervalMillis),
    ...certificates(),
    ...(url === undefined ? {} : { url }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  });
  const series = [() => highUsageSeries(registry), ...(options.series ?? [])];
  const producer = new SessionMetricProducer(registry, series);
  const sessionExport = new SessionExport(registry, series, exporter);
  const onCrossing = registry.onCrossing.bind(registry);
  return new SessionMetricReader(sessionExport, producer, { exportIntervalMillis, isEnabled, onCrossing });
}

function isHttpUrl(url: unknown): boolean {
  return typeof url === 'string' && /^https?:/.test(URL.parse(url)?.protocol ?? '');
}

function isTexts(headers: unknown): boolean {
  return isObject(headers) && Object.values(headers as object).every((value) => typeof value === 'string');
}

function isFunctions(series: unknown): boolean {
  return Array.isArray(series) && series.every((source) => typeof source === 'function');
}

function tokenHeader(url: string | undefined): Record<string, string> | undefined {
  const token = exportToken(url, process.env);
  return token === undefined ? undefined : { authorization: `Bearer ${token}` };
}

/**
 * Starts exporting a registry. It registers nothing globally, so it does not disturb an application's OpenTelemetry, and
 * does nothing if `OTEL_SDK_DISABLED` is `true`.
 *
 * A collector that is down or hangs does not affect the application: a failed export is dropped, and the next one carries
 * the totals.
 *
 * @throws TypeError or RangeError naming the invalid option or environment variable
 * @example
 * const registry = new SessionRegistry();
 * await using telemetry = startTelemetry({ registry, serviceName: 'my-mcp-server' });
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const {
    shutdownTimeoutMillis = 3_000,
    flushOnSignals = true,
    serviceName,
    instanceId,
    ...rest
  } = expectOptions('startTelemetry', options, telemetryChecks);
  const reader = readerFor(rest);
  reader.start(serviceResource({ serviceName, instanceId }));
  let stopping: Promise<void> | undefined;
  const shutdown = () => (stopping ??= within(shutdownTimeoutMillis, reader.shutdown()));
  if (flushOnSignals) shutDownAtExit(shutdown);
  const flush = () => within(shutdownTimeoutMillis, reader.forceFlush());
  return { flush, shutdown, [Symbol.asyncDispose]: shutdown };
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
