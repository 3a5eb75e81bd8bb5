import { ReasonCounter } from './counter.ts';
import { embeddingPrices } from './embedding-prices.ts';
import { expectOptions, optionError, shown } from './expectation.ts';
import { embeddingMetrics } from './metrics.ts';
import type { Series } from './series.ts';
import type { Refusal } from './usage.ts';

export { embeddingPrices } from './embedding-prices.ts';

/** One embedding operation, as reported in its response. */
export interface Embedding {
  /** The model's id: 1 to 128 characters of `A-Z a-z 0-9 . _ : / @ -`. */
  readonly model: string;
  /** Number of embedded tokens: a whole number, at least 0. */
  readonly tokens: number;
}

/** Why an embedding was not counted. */
export type EmbeddingRefusal = 'not_an_object' | 'invalid_model' | 'invalid_tokens';

/** Options of an {@link EmbeddingMeter}. */
export interface EmbeddingMeterOptions {
  /** US dollars per million tokens, by model. Adds to {@link embeddingPrices} and overrides them. */
  readonly pricesUsdPerMillionTokens?: Readonly<Record<string, number>>;
}

interface Usage {
  readonly counts: number[];
  operations: number;
  tokens: number;
  usd: number | undefined;
}

/** The bucket bounds that the semantic conventions recommend for tokens. */
const boundaries = Array.from({ length: 14 }, (_, power) => 4 ** power);
/** Further models are counted together as `other`. */
const mostModels = 100;
const perMillion = 1_000_000;

/**
 * Counts embedding operations, their tokens and their cost, by model. Counts are kept in memory;
 * {@link startTelemetry} exports them together with the sessions.
 *
 * Operations and tokens are exported as `gen_ai.client.embeddings.operation.input_tokens`, as in the semantic conventions,
 * and the cost as `contextd_embedding_cost_usd_total`. A model without a price gets no cost.
 *
 * @example
 * const embeddings = new EmbeddingMeter();
 * startTelemetry({ registry, series: [embeddings.series] });
 * embeddings.recordEmbedding({ model: 'text-embedding-3-small', tokens: 512 });
 */
export class EmbeddingMeter {
  /** Embeddings that were not counted, by reason. */
  readonly refused = new ReasonCounter();
  readonly #prices: ReadonlyMap<string, number>;
  readonly #byModel = new Map<string, Usage>();

  /** @throws TypeError or RangeError naming the invalid price */
  constructor(options: EmbeddingMeterOptions = {}) {
    const { pricesUsdPerMillionTokens = {} } = expectOptions('EmbeddingMeter', options, {
      pricesUsdPerMillionTokens: (option, prices) => {
        for (const [model, price] of Object.entries(prices ?? {})) expectPrice(option, model, price);
      },
    });
    this.#prices = new Map(Object.entries({ ...embeddingPrices, ...pricesUsdPerMillionTokens }));
  }

  /**
   * Counts one operation. Never throws.
   *
   * @returns `undefined`, or why the operation was refused; a refused operation only adds to `refused`
   */
  recordEmbedding = (embedding: Embedding): Refusal<EmbeddingRefusal> | undefined => {
    const refusal = refuse(embedding);
    if (refusal !== undefined) {
      this.refused.increment(refusal.reason);
      return refusal;
    }
    const { model, tokens } = embedding;
    const usage = this.#usageOf(model);
    usage.counts[bucketOf(tokens)]! += 1;
    usage.operations += 1;
    usage.tokens += tokens;
    const price = this.#prices.get(model);
    if (price !== undefined) usage.usd = (usage.usd ?? 0) + (tokens * price) / perMillion;
    return undefined;
  };

  /** The series to export; pass this function in the option `series`. */
  series = (): Series[] => [...this.#byModel].flatMap(([model, usage]) => seriesOf(model, usage));

  #usageOf(model: string): Usage {
    const key = this.#byModel.has(model) || this.#byModel.size < mostModels ? model : 'other';
    const known = this.#byModel.get(key);
    if (known !== undefined) return known;
    const counts = Array.from({ length: boundaries.length + 1 }, () => 0);
    const usage: Usage = { counts, operations: 0, tokens: 0, usd: undefined };
    this.#byModel.set(key, usage);
    return usage;
  }
}

function seriesOf(model: string, { counts, operations, tokens, usd }: Usage): Series[] {
  const attributes = { 'gen_ai.request.model': model };
  const inputTokens: Series = {
    metric: embeddingMetrics.inputTokens,
    attributes: { 'gen_ai.operation.name': 'embeddings', ...attributes },
    value: operations,
    histogram: { boundaries, counts, sum: tokens },
  };
  return usd === undefined
    ? [inputTokens]
    : [inputTokens, { metric: embeddingMetrics.cost, attributes, value: usd }];
}

function refuse(embedding: unknown): Refusal<EmbeddingRefusal> | undefined {
  if (typeof embedding !== 'object' || embedding === null)
    return refusal('not_an_object', 'embedding', 'an object', embedding);
  const { model, tokens } = embedding as Partial<Embedding>;
  if (typeof model !== 'string' || !/^[A-Za-z0-9._:/@-]{1,128}$/.test(model))
    return refusal('invalid_model', 'model', '1 to 128 characters of A-Z a-z 0-9 . _ : / @ -', model);
  if (Number.isSafeInteger(tokens) && tokens! >= 0) return undefined;
  return refusal('invalid_tokens', 'tokens', 'a whole number, at least 0', tokens);
}

function refusal(
  reason: EmbeddingRefusal,
  field: string,
  rule: string,
  value: unknown,
): Refusal<EmbeddingRefusal> {
  return { reason, message: `Expected \`${field}\` to be ${rule}, got ${shown(value)}` };
}

function bucketOf(tokens: number): number {
  const index = boundaries.findIndex((bound) => tokens <= bound);
  return index === -1 ? boundaries.length : index;
}

function expectPrice(option: string, model: string, price: unknown): void {
  if (typeof price === 'number' && Number.isFinite(price) && price >= 0) return;
  throw optionError(
    `${option}[${JSON.stringify(model)}]`,
    'a finite number, at least 0',
    price,
    'Give US dollars per million tokens, such as 0.02.',
  );
}
