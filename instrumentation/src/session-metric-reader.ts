import type {
  AggregationOption,
  AggregationTemporality,
  AggregationType,
  CollectionResult,
  IMetricReader,
  MetricProducer,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { warnRarely } from './diagnostics.ts';
import type { SessionMetricProducer } from './metric-producer.ts';
import { withInstanceId } from './service-resource.ts';
import type { SessionExport } from './session-export.ts';

// Values instead of imports: the reader works with any copy and any supported version of the SDK.
const cumulative: AggregationTemporality.CUMULATIVE = 1;
const drop: AggregationType.DROP = 1;
/** Least time between two exports, in milliseconds, however many sessions cross. */
const betweenExportsMillis = 200;
/** How often the application's own metrics are discarded. */
const discardEveryMillis = 60_000;

/** Options of {@link SessionMetricReader}. */
export interface ReaderOptions {
  /** Milliseconds between exports; an export that takes longer is given up. Positive integer. */
  readonly exportIntervalMillis: number;
  /** Whether to export at all. */
  readonly isEnabled: boolean;
  /** Calls a function after each crossing of a threshold, until the function that it returns is called. */
  readonly onCrossing: (listener: () => void) => () => void;
}

/**
 * A metric reader that exports sessions and nothing else. It belongs to the application's MeterProvider, or stands alone
 * after {@link start}.
 *
 * A MeterProvider keeps what its instruments record once per reader until that reader collects it. This reader drops all
 * instruments, and collects and discards the rest once a minute.
 */
export class SessionMetricReader implements IMetricReader {
  readonly #export: SessionExport;
  readonly #producer: SessionMetricProducer;
  readonly #options: ReaderOptions;
  #provider: MetricProducer | undefined;
  #resource: ResourceMetrics['resource'] | undefined;
  #discardedAtMillis = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #exportedAtMillis = -Infinity;
  #stopListening: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #isShutDown = false;

  constructor(sessionExport: SessionExport, producer: SessionMetricProducer, options: ReaderOptions) {
    this.#export = sessionExport;
    this.#producer = producer;
    this.#options = options;
  }

  /**
   * Binds the reader to a MeterProvider, which calls this.
   *
   * @throws Error if the reader already exports
   */
  setMetricProducer(provider: MetricProducer): void {
    if (this.#provider !== undefined || this.#resource !== undefined)
      throw new Error('Expected one MeterProvider per session metric reader, got a second one');
    this.#provider = provider;
    this.#startTimer();
  }

  /** Exports without a MeterProvider, as this resource. */
  start(resource: ResourceMetrics['resource']): void {
    this.#resource = resource;
    this.#startTimer();
  }

  /** Drops every instrument of the application. */
  selectAggregation(): AggregationOption {
    return { type: drop };
  }

  /** Is cumulative. */
  selectAggregationTemporality(): AggregationTemporality {
    return cumulative;
  }

  /** Keeps one attribute set of each instrument: none is exported. */
  selectCardinalityLimit(): number {
    return 1;
  }

  /** Collects the sessions, as the resource of the MeterProvider. */
  async collect(): Promise<CollectionResult> {
    const resource = await this.#currentResource();
    const { resourceMetrics, errors } = await this.#producer.collect();
    return { resourceMetrics: { ...resourceMetrics, resource }, errors };
  }

  /** Exports everything now, changed or not. */
  async forceFlush(): Promise<void> {
    if (this.#isShutDown || !this.#options.isEnabled) return;
    await this.#running;
    await this.#exportNow(true);
  }

  /** Exports once more, marks all series stale, and stops. */
  async shutdown(): Promise<void> {
    if (this.#isShutDown || !this.#options.isEnabled) return;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#stopListening();
    await this.forceFlush();
    this.#isShutDown = true;
    await this.#export.end((await this.#currentResource()).attributes);
  }

  #startTimer(): void {
    if (!this.#options.isEnabled) return;
    this.#timer = setInterval(() => void this.#exportNow(false), this.#options.exportIntervalMillis);
    this.#timer.unref();
    this.#stopListening = this.#options.onCrossing(() => this.#exportSoon());
  }

  /** Exports at once, but not sooner than a moment after the last export: one export has the crossings of that moment. */
  #exportSoon(): void {
    if (this.#soon !== undefined) return;
    const waitMillis = Math.max(0, this.#exportedAtMillis + betweenExportsMillis - performance.now());
    this.#soon = setTimeout(() => {
      this.#soon = undefined;
      void (this.#running ?? Promise.resolve()).then(() => this.#exportNow(false));
    }, waitMillis);
    this.#soon.unref();
  }

  /** Exports unless an export is under way. Never rejects. */
  #exportNow(isFull: boolean): Promise<void> {
    this.#running ??= this.#exportOnce(isFull)
      .catch((error: unknown) => warnRarely('collect', `an export failed: ${String(error)}`))
      .finally(() => {
        this.#running = undefined;
        this.#exportedAtMillis = performance.now();
      });
    return this.#running;
  }

  async #exportOnce(isFull: boolean): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    const untilMillis = performance.now() + this.#options.exportIntervalMillis;
    const { attributes: resource } = await this.#currentResource();
    await this.#export.run({ resource, isFull, untilMillis });
  }

  async #currentResource(): Promise<ResourceMetrics['resource']> {
    const nowMillis = performance.now();
    if (this.#provider !== undefined && nowMillis - this.#discardedAtMillis >= discardEveryMillis) {
      this.#discardedAtMillis = nowMillis;
      const { resourceMetrics } = await this.#provider.collect();
      await resourceMetrics.resource.waitForAsyncAttributes?.();
      this.#resource = withInstanceId(resourceMetrics.resource);
    }
    if (this.#resource === undefined) throw new Error('The reader belongs to no MeterProvider');
    return this.#resource;
  }
}
