import { ReasonCounter } from './counter.ts';
import { embeddingPrices } from './embedding-prices.ts';
import { optionError } from './expectation.ts';
import { embeddingMetrics } from './metrics.ts';
import type { Series } from './series.ts';

export { embeddingPrices } from './embedding-prices.ts';

/** One embedding operation, as its answer says. */
export interface Embedding {
  /** The model's id. 1 to 128 characters of `A-Z a-z 0-9 . _ : / @ -`. */
  readonly model: string;
  /** Tokens that were embedded. A whole number from 0. */
  readonly tokens: number;
}

/** Why an embedding was not counted. */
export type EmbeddingRefusal = 'not_an_object' | 'invalid_model' | 'invalid_tokens';

/** How an {@link EmbeddingMeter} works. */
export interface EmbeddingMeterOptions {
  /** US dollars per million tokens, by model; beside and above those of {@link embeddingPrices}. */
  readonly pricesUsdPerMillionTokens?: Readonly<Record<string, number>>;
}

interface Usage {
  readonly counts: number[];
  operations: number;
  tokens: number;
  usd: number | undefined;
}

/** The bounds that the semantic conventions advise for tokens. */
const boundaries = Array.from({ length: 14 }, (_, power) => 4 ** power);
/** Models counted one by one; those after them are `other`. */
const mostModels = 100;
const perMillion = 1_000_000;

/**
 * Counts embedding operations: how many, of how many tokens, at what cost, by model. In memory only; exported beside the
 * sessions by {@link startTelemetry}.
 *
 * Operations and tokens are the semantic conventions' `gen_ai.client.embeddings.operation.input_tokens`, cost is
 * `contextd_embedding_cost_usd_total`. A model without a price has operations and tokens, and no cost.
 *
 * @example
 * const embeddings = new EmbeddingMeter();
 * startTelemetry({ registry, moreSeries: embeddings.series });
 * embeddings.recordEmbedding({ model: 'text-embedding-3-small', tokens: 512 });
 */
export class EmbeddingMeter {
  /** Embeddings that were not counted, by reason. */
  readonly refused = new ReasonCounter();
  readonly #prices: ReadonlyMap<string, number>;
  readonly #byModel = new Map<string, Usage>();

  /** @throws TypeError or RangeError naming the price that is wrong */
  constructor({ pricesUsdPerMillionTokens = {} }: EmbeddingMeterOptions = {}) {
    for (const [model, price] of Object.entries(pricesUsdPerMillionTokens)) expectPrice(model, price);
    this.#prices = new Map(Object.entries({ ...embeddingPrices, ...pricesUsdPerMillionTokens }));
  }

  /**
   * Counts one operation. Never throws.
   *
   * @returns nothing, or why it was refused; a refused one changes nothing and is counted
   */
  recordEmbedding = (embedding: Embedding): EmbeddingRefusal | undefined => {
    const refusal = refuse(embedding);
    if (refusal !== undefined) {
      this.refused.increment(refusal);
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

  /** The series to export, for `moreSeries`. */
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

function refuse(embedding: unknown): EmbeddingRefusal | undefined {
  if (typeof embedding !== 'object' || embedding === null) return 'not_an_object';
  const { model, tokens } = embedding as Partial<Embedding>;
  if (typeof model !== 'string' || !/^[A-Za-z0-9._:/@-]{1,128}$/.test(model)) return 'invalid_model';
  return Number.isSafeInteger(tokens) && tokens! >= 0 ? undefined : 'invalid_tokens';
}

function bucketOf(tokens: number): number {
  const index = boundaries.findIndex((bound) => tokens <= bound);
  return index === -1 ? boundaries.length : index;
}

function expectPrice(model: string, price: unknown): void {
  if (typeof price === 'number' && Number.isFinite(price) && price >= 0) return;
  throw optionError(
    `pricesUsdPerMillionTokens[${JSON.stringify(model)}]`,
    'a finite number from 0',
    price,
    'Give US dollars per million tokens, such as 0.02.',
  );
}
