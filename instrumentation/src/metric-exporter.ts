import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
  type OTLPExporterNodeConfigBase,
} from '@opentelemetry/otlp-exporter-base/node-http';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { warnRarely } from './diagnostics.ts';
import { encodeJson, encodeProtobuf, type Encode, type ExportContent } from './otlp-encoder.ts';
import type { SessionRegistry } from './registry.ts';

/** How an export is encoded. */
export type Protocol = 'http/protobuf' | 'http/json';

/** The encoders and their content types. */
const encodings: Readonly<Record<Protocol, readonly [encode: Encode, contentType: string]>> = {
  'http/protobuf': [encodeProtobuf, 'application/x-protobuf'],
  'http/json': [encodeJson, 'application/json'],
};

/** An encoded request. */
interface Body {
  readonly bytes: Uint8Array;
  readonly points: number;
}

/** The standard OTLP/HTTP exporter with an encoder of our own. */
export class SessionMetricExporter extends OTLPMetricExporterBase {
  readonly #registry: SessionRegistry;
  readonly #encode: Encode;
  #isReachable = true;

  constructor(registry: SessionRegistry, protocol: Protocol, config: OTLPExporterNodeConfigBase) {
    const [encode, contentType] = encodings[protocol];
    super(
      createOtlpHttpExportDelegate(
        convertLegacyHttpOptions(config, 'METRICS', 'v1/metrics', { 'Content-Type': contentType }),
        passOn,
        // The oldest supported versions ignore these parameters.
        'otlp_http_metric_exporter',
        { name: 'metric_data_point', countItems: ({ points }: Body) => points },
        undefined,
      ) as unknown as ConstructorParameters<typeof OTLPMetricExporterBase>[0],
    );
    this.#registry = registry;
    this.#encode = encode;
  }

  /** Whether the newest request arrived, or none was sent yet. */
  get isReachable(): boolean {
    return this.#isReachable;
  }

  /** Sends one request, and returns whether it arrived. A failure is counted, and warned about once a minute. */
  async send(content: ExportContent, points: number): Promise<boolean> {
    const body: Body = { bytes: this.#encode(content), points };
    const error = await new Promise<Error | undefined>((resolve) =>
      this.export(body as unknown as ResourceMetrics, (result) => resolve(result.error)),
    );
    this.#isReachable = error === undefined;
    if (error !== undefined) this.#failed(error);
    return error === undefined;
  }

  #failed(error: Error): void {
    this.#registry.exportsFailed.increment(error.name);
    warnRarely(
      'export',
      `an export failed and was dropped; the next one carries the totals: ${error.message}`,
    );
  }
}

const passOn = {
  serializeRequest: ({ bytes }: Body) => bytes,
  deserializeResponse: (): object => ({}),
};
