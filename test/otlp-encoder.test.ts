import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { expect, test } from 'vitest';
import { EmbeddingMeter } from '../instrumentation/src/embeddings.ts';
import { SessionMetricProducer } from '../instrumentation/src/metric-producer.ts';
import {
  encodeJson,
  encodeProtobuf,
  type ExportContent,
  type MetricPoints,
} from '../instrumentation/src/otlp-encoder.ts';
import { durationSeries, processSeries } from '../instrumentation/src/process-series.ts';
import { SessionRegistry } from '../instrumentation/src/registry.ts';
import { decodeMetrics } from './otlp-decoder.ts';
import type { Series } from '../instrumentation/src/series.ts';

const startMillis = 1_795_824_000_123;
const atMillis = startMillis + 12_345;
const attributes = {
  'service.name': 'shop — µ',
  'process.pid': 4_294_967_296,
  share: 0.5,
  below: -1.5,
  isTest: true,
  tags: ['a', 'b'],
};

/** A registry with every kind of series, and the same content for both encoders. */
async function sample(sessions: number) {
  const time = { now: startMillis, monotonic: 0 };
  const registry = new SessionRegistry({ clock: { now: () => time.now, monotonic: () => time.monotonic } });
  for (let index = 0; index < sessions; index++) {
    const windowTokens = index === 0 ? 3 : 2 ** 53 - 1;
    registry.reportUsage('s'.repeat(1 + (index % 128)) + (index % 128 === 127 ? '' : '-'), {
      tokensUsed: index * 1_001,
      windowTokens,
    });
  }
  registry.recordCheckpoint('s-', { tokensSaved: 2 ** 40 });
  registry.reportUsage('refused', { tokensUsed: -1 });
  registry.requestDurations.record({ method: 'GET', statusCode: 500, route: '/x', scheme: 'http' }, 0.3);
  const embeddings = new EmbeddingMeter();
  embeddings.recordEmbedding({ model: 'text-embedding-3-small', tokens: 512 });
  time.now = atMillis;
  time.monotonic = 12_345;
  const official = await new SessionMetricProducer(registry, [embeddings.series]).collect();
  Object.assign(official.resourceMetrics.resource, { attributes });
  // The producer began at a moment of its own.
  const series = [...processSeries(registry), ...durationSeries(registry), ...embeddings.series()];
  const content: ExportContent = {
    resource: attributes,
    metrics: metricsOf(series),
    sessions: registry.activeSessions(),
    areStale: false,
    atMillis,
  };
  return { official: official.resourceMetrics, content };
}

function metricsOf(series: readonly Series[]): MetricPoints[] {
  return Array.from(
    Map.groupBy(series, ({ metric }) => metric),
    ([metric, some]) => ({
      metric,
      points: some.map((one) => ({ ...one, startMillis: atMillis, atMillis })),
    }),
  );
}

interface Decoded {
  resourceMetrics: { resource: unknown; scopeMetrics: { scope: unknown; metrics: { name: string }[] }[] }[];
}

/** The metrics in the order of their names, with the rest. */
function sorted({ resourceMetrics }: Decoded) {
  return resourceMetrics.map(({ resource, scopeMetrics }) => ({
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.toSorted((a, b) => a.name.localeCompare(b.name)),
    })),
  }));
}

test.each([1, 300])(
  'protobuf decodes to the same as the official encoding, with %i sessions',
  async (sessions) => {
    const { official, content } = await sample(sessions);
    const expected = sorted(
      decodeMetrics(ProtobufMetricsSerializer.serializeRequest(official)!) as unknown as Decoded,
    );
    const encoded = sorted(decodeMetrics(encodeProtobuf(content)) as unknown as Decoded);
    expect(encoded).toEqual(withoutDefaults(expected));
    expect(JSON.stringify(encoded)).toContain('"session_id"');
  },
);

test('JSON decodes to the same as the official encoding', async () => {
  const { official, content } = await sample(3);
  const decoded = (bytes: Uint8Array) => sorted(JSON.parse(new TextDecoder().decode(bytes)) as Decoded);
  const expected = decoded(JsonMetricsSerializer.serializeRequest(official)!);
  expect(decoded(encodeJson(content))).toEqual(withoutDefaults(expected));
});

/** The official encoding states some defaults. */
function withoutDefaults(value: unknown): unknown {
  const drop = new Set(['droppedAttributesCount', 'exemplars']);
  return JSON.parse(
    JSON.stringify(value, (key, one: unknown) => (drop.has(key) ? undefined : one)),
  ) as unknown;
}

test.each([
  ['protobuf', (content: ExportContent) => decodeMetrics(encodeProtobuf(content))],
  ['JSON', (content: ExportContent) => JSON.parse(new TextDecoder().decode(encodeJson(content))) as object],
])('a marker in %s has the flag and no value', async (_, decode) => {
  const { content } = await sample(1);
  const [metric] = content.metrics;
  const stale = {
    ...metric!,
    points: [{ attributes: {}, startMillis: atMillis, atMillis, value: undefined }],
  };
  const decoded = decode({ ...content, metrics: [stale], areStale: true }) as unknown as Decoded;
  const points = decoded.resourceMetrics[0]!.scopeMetrics[0]!.metrics.flatMap((one) => {
    const { gauge, sum } = one as { gauge?: { dataPoints: object[] }; sum?: { dataPoints: object[] } };
    return (gauge ?? sum)!.dataPoints;
  });
  expect(points).toHaveLength(11);
  for (const point of points) {
    expect(point).toMatchObject({ flags: 1, timeUnixNano: `${atMillis}000000` });
    expect(point).not.toHaveProperty('asDouble');
  }
});
