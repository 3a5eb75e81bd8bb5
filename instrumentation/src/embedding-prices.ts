/**
 * List prices of embedding models in US dollars per million tokens, as published in 2026, without batch or volume
 * discounts. Prices change: if the cost matters, pass your own to {@link EmbeddingMeter}.
 */
export const embeddingPrices: Readonly<Record<string, number>> = {
  'text-embedding-3-small': 0.02,
  'text-embedding-3-large': 0.13,
  'text-embedding-ada-002': 0.1,
  'voyage-4-large': 0.12,
  'voyage-4': 0.06,
  'voyage-4-lite': 0.02,
  'voyage-3-large': 0.18,
  'voyage-3.5': 0.06,
  'voyage-3.5-lite': 0.02,
  'voyage-code-3': 0.18,
  'gemini-embedding-001': 0.15,
  'embed-v4.0': 0.12,
};
