import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import type { OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base/node-http';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { warnRarely } from './diagnostics.ts';
import type { SessionMetricProducer } from './metric-producer.ts';
import type { SessionRegistry } from './registry.ts';
import type { Series } from './series.ts';
import { StalenessExporter } from './staleness-exporter.ts';
import { emptyResource } from './service-resource.ts';

type ExportCallback = Parameters<OTLPMetricExporter['export']>[1];

/** `ExportResultCode.SUCCESS`. */
const success = 0;
/** A departed session is marked in this many exports, so that one lost export does not keep its series alive. */
const markedExports = 3;
/** Most sessions in one request of markers: about half a megabyte. */
const sessionsPerRequest = 500;
/** Most single series in one request of markers: about a megabyte. */
const seriesPerRequest = 3_000;

/**
 * The standard OTLP/HTTP JSON exporter, plus staleness markers for departed sessions.
 */
export class SessionMetricExporter extends OTLPMetricExporter {
  readonly #registry: SessionRegistry;
  readonly #producer: SessionMetricProducer;
  readonly #markers: StalenessExporter;
  #resource: ResourceMetrics['resource'] = emptyResource;
  /** Monotonic times of the newest exports, oldest first. */
  #exportTimes: number[] = [];
  #reachable = true;

  constructor(
    registry: SessionRegistry,
    producer: SessionMetricProducer,
    config: OTLPExporterNodeConfigBase,
  ) {
    super(config);
    this.#registry = registry;
    this.#producer = producer;
    this.#markers = new StalenessExporter(config);
  }

  /** Exports one batch. A failure is counted and warned about once a minute, and does not reach the caller. */
  override export(metrics: ResourceMetrics, callback: ExportCallback): void {
    super.export(metrics, (result) => {
      this.#reachable = result.error === undefined;
      this.#producer.batchArrived(this.#reachable);
      if (result.error !== undefined) this.#failed(result.error);
      callback({ code: success });
    });
  }

  /** Marks sessions and series that departed during the newest exports. Call it once per collection. */
  markDepartures(resource: ResourceMetrics['resource']): void {
    this.#resource = resource;
    const monotonicMillis = this.#registry.clock.monotonic();
    const since = this.#exportTimes.length < markedExports ? -Infinity : this.#exportTimes[0]!;
    this.#exportTimes = [...this.#exportTimes, monotonicMillis].slice(-markedExports);
    this.#mark(this.#registry.departuresSince(since).map(({ sessionId }) => sessionId));
    this.#markSeries(this.#producer.goneSeries(since));
  }

  /** Marks every series of this process if the last export arrived, then closes the connection. */
  override async shutdown(): Promise<void> {
    if (this.#reachable) this.#markAll();
    await this.#markers.shutdown();
    await super.shutdown();
  }

  #markAll(): void {
    this.#mark(this.#registry.activeSessions().map(({ sessionId }) => sessionId));
    this.#markSeries(this.#producer.ownSeries());
  }

  #mark(sessionIds: readonly string[]): void {
    for (let start = 0; start < sessionIds.length; start += sessionsPerRequest) {
      this.#markers.mark(
        this.#resource,
        this.#producer.seriesOf(sessionIds.slice(start, start + sessionsPerRequest)),
      );
    }
  }

  #markSeries(series: readonly Series[]): void {
    for (let start = 0; start < series.length; start += seriesPerRequest) {
      this.#markers.mark(
        this.#resource,
        this.#producer.shapeOf(series.slice(start, start + seriesPerRequest)),
      );
    }
  }

  #failed(error: Error): void {
    this.#registry.exportsFailed.increment(error.name);
    warnRarely(
      'export',
      `an export failed and was dropped; the next one carries the totals: ${error.message}`,
    );
  }
}
