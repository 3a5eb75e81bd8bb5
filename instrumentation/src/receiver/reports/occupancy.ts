import { mostTokens, PayloadReader, type UntrustedObject } from './payload-reader.ts';

/**
 * Tokens in the context window from an Anthropic `usage` object: input, cache creation and cache read together, without
 * output. If `iterations` lists the model calls of a turn, the newest call of the conversation counts, since the top level
 * can be their sum.
 *
 * An absent cache figure is 0. An unreadable one makes the whole figure unknown, because occupancy without the cache is
 * far too low. A sum of 0 is unknown, too: no request is empty.
 *
 * Source: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#tracking-cache-performance
 */
export function occupancyOf(usage: unknown, reader: PayloadReader): number | undefined {
  if (usage === undefined || usage === null) return undefined;
  const fields = reader.object(usage);
  return occupancyOfIterations(fields['iterations']) ?? sumOf(tokensIn(fields), reader);
}

/**
 * Tokens of the last model call that is neither an advisor's nor a compaction's and not 0. `undefined` if there is
 * none, or if it cannot be read: then the top level counts.
 */
export function occupancyOfIterations(iterations: unknown): number | undefined {
  if (!Array.isArray(iterations)) return undefined;
  const reader = new PayloadReader('gateway');
  for (const iteration of (iterations as unknown[]).toReversed()) {
    if (typeof iteration !== 'object' || iteration === null) return undefined;
    const fields = iteration as UntrustedObject;
    if (isBesideConversation(fields['type'])) continue;
    const tokens = sumOf(tokensIn(fields), reader);
    if (tokens !== undefined) return tokens;
    if (reader.adapted().ignored.length > 0) return undefined;
  }
  return undefined;
}

/** The sum of token figures; `undefined` if it is 0, or if one of them is missing or unreadable. */
export function sumOf(figures: readonly unknown[], reader: PayloadReader): number | undefined {
  let sum = 0;
  for (const figure of figures) {
    const tokens = reader.tokens(figure) ?? Number.NaN;
    sum += tokens;
  }
  if (Number.isNaN(sum)) return reader.ignore('missing_usage');
  return sum <= mostTokens ? sum || undefined : reader.ignore('out_of_range');
}

/** The names of the three figures in the API and in Claude Code's events. */
function tokensIn(fields: UntrustedObject): unknown[] {
  return [
    fields['input_tokens'],
    fields['cache_creation_input_tokens'] ?? fields['cache_creation_tokens'] ?? 0,
    fields['cache_read_input_tokens'] ?? fields['cache_read_tokens'] ?? 0,
  ];
}

function isBesideConversation(type: unknown): boolean {
  return typeof type === 'string' && /^advisor|^compact/i.test(type);
}
