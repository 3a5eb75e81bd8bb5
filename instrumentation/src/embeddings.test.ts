import { describe, expect, test } from 'vitest';
import { EmbeddingMeter, type Embedding } from './embeddings.ts';
import { SessionMetricProducer } from './metric-producer.ts';
import { embeddingMetrics } from './metrics.ts';
import { SessionRegistry } from './registry.ts';

const small = 'text-embedding-3-small';
const costOf = (meter: EmbeddingMeter) =>
  meter.series().find(({ metric }) => metric === embeddingMetrics.cost)?.value;

describe('the meter of embeddings', () => {
  test('counts operations, tokens and cost by model', () => {
    const meter = new EmbeddingMeter();
    meter.recordEmbedding({ model: small, tokens: 1_000_000 });
    meter.recordEmbedding({ model: small, tokens: 500_000 });
    meter.recordEmbedding({ model: 'voyage-3-large', tokens: 1 });
    const [tokens, cost, other] = meter.series();
    expect(tokens).toMatchObject({ value: 2, histogram: { sum: 1_500_000 } });
    expect(tokens?.attributes).toEqual({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.request.model': small,
    });
    expect(cost).toMatchObject({
      metric: embeddingMetrics.cost,
      attributes: { 'gen_ai.request.model': small },
    });
    expect(cost?.value).toBeCloseTo(0.03, 12);
    expect(other).toMatchObject({ value: 1, attributes: { 'gen_ai.request.model': 'voyage-3-large' } });
  });

  test.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [4, 1],
    [5, 2],
    [67_108_864, 13],
    [67_108_865, 14],
  ])('counts an operation of %i tokens into bucket %i', (tokens, bucket) => {
    const meter = new EmbeddingMeter();
    meter.recordEmbedding({ model: small, tokens });
    const { boundaries, counts } = meter.series()[0]!.histogram!;
    expect(boundaries).toEqual([
      1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
    ]);
    expect(counts).toHaveLength(15);
    expect(counts.indexOf(1)).toBe(bucket);
  });

  test('uses the given prices, which override and extend the table', () => {
    const meter = new EmbeddingMeter({ pricesUsdPerMillionTokens: { [small]: 1, mine: 2 } });
    meter.recordEmbedding({ model: small, tokens: 1_000_000 });
    expect(costOf(meter)).toBe(1);
    const own = new EmbeddingMeter({ pricesUsdPerMillionTokens: { mine: 2 } });
    own.recordEmbedding({ model: 'mine', tokens: 500_000 });
    expect(costOf(own)).toBe(1);
  });

  test('counts a model without a price, without a cost', () => {
    const meter = new EmbeddingMeter();
    expect(meter.recordEmbedding({ model: 'local', tokens: 7 })).toBeUndefined();
    expect(meter.series()).toMatchObject([{ value: 1 }]);
  });

  test.each([
    [undefined, 'not_an_object'],
    [{ model: '', tokens: 1 }, 'invalid_model'],
    [{ model: 'a\nb', tokens: 1 }, 'invalid_model'],
    [{ model: 'a'.repeat(129), tokens: 1 }, 'invalid_model'],
    [{ model: small, tokens: -1 }, 'invalid_tokens'],
    [{ model: small, tokens: 1.5 }, 'invalid_tokens'],
    [{ model: small, tokens: Number.NaN }, 'invalid_tokens'],
    [{ model: small, tokens: '1' }, 'invalid_tokens'],
  ] as const)('refuses %j, counts that, and changes nothing', (embedding, reason) => {
    const meter = new EmbeddingMeter();
    expect(meter.recordEmbedding(embedding as Embedding)).toMatchObject({ reason });
    expect([...meter.refused.entries()]).toEqual([[reason, 1]]);
    expect(meter.series()).toEqual([]);
  });

  test('counts models beyond the hundredth together', () => {
    const meter = new EmbeddingMeter();
    for (let index = 0; index < 103; index++) meter.recordEmbedding({ model: `model-${index}`, tokens: 1 });
    expect(meter.series()).toHaveLength(101);
    expect(meter.series().at(-1)).toMatchObject({
      value: 3,
      attributes: { 'gen_ai.request.model': 'other' },
    });
  });

  test.each([-1, Number.NaN, Infinity, '1'])('refuses a price of %s', (price) => {
    const pricesUsdPerMillionTokens = { mine: price as number };
    expect(() => new EmbeddingMeter({ pricesUsdPerMillionTokens })).toThrow(
      'Expected the `pricesUsdPerMillionTokens["mine"]` option to be a finite number, at least 0',
    );
  });

  test('is exported as a cumulative histogram and a counter', async () => {
    const meter = new EmbeddingMeter();
    meter.recordEmbedding({ model: small, tokens: 512 });
    const producer = new SessionMetricProducer(new SessionRegistry(), [meter.series]);
    const { resourceMetrics } = await producer.collect();
    const metrics = resourceMetrics.scopeMetrics[0]!.metrics;
    const byName = new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
    expect(byName.get(embeddingMetrics.inputTokens.name)?.dataPoints[0]).toMatchObject({
      value: { count: 1, sum: 512 },
    });
    expect(byName.get(embeddingMetrics.cost.name)).toMatchObject({ isMonotonic: true });
  });
});
