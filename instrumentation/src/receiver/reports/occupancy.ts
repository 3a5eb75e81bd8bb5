import { mostTokens, type PayloadReader } from './payload-reader.ts';

/**
 * Tokens in the context window by an Anthropic `usage` object: input, cache creation and cache read together. Output is
 * not part of it. A cache figure that is absent is 0; one that is there and unreadable makes the whole figure unknown,
 * because occupancy without the cache is far too low.
 *
 * Source: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance
 */
export function occupancyOf(usage: unknown, reader: PayloadReader): number | undefined {
  if (usage === undefined || usage === null) return undefined;
  const fields = reader.object(usage);
  return sumOf(
    [
      fields['input_tokens'],
      fields['cache_creation_input_tokens'] ?? 0,
      fields['cache_read_input_tokens'] ?? 0,
    ],
    reader,
  );
}

/** The sum of token figures, or `undefined` where one of them is missing or unreadable. */
export function sumOf(figures: readonly unknown[], reader: PayloadReader): number | undefined {
  let sum = 0;
  for (const figure of figures) {
    const tokens = reader.tokens(figure) ?? Number.NaN;
    sum += tokens;
  }
  if (Number.isNaN(sum)) return reader.ignore('missing_usage');
  return sum <= mostTokens ? sum : reader.ignore('out_of_range');
}
