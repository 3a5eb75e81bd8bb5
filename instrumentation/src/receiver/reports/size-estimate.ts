import type { SessionObservation } from './observation.ts';

/**
 * Characters that make up one token on average.
 * Source: https://docs.anthropic.com/en/docs/about-claude/glossary#tokens ("approximately 3.5 English characters")
 */
const charactersPerToken = 3.5;

/**
 * Estimates a session's occupancy from the size of what was sent to the model, for servers that know nothing better.
 * The result's source is `estimate`: it counts only in a session that no exact source has spoken of, and it can be off by
 * half for code, tables and languages other than English.
 *
 * @param sessionId a checked session id
 * @param characters of everything in the context window; anything but a number of at least 0 gives `undefined`
 */
export function estimateFromSize(sessionId: string, characters: number): SessionObservation | undefined {
  if (!(characters >= 0 && characters <= Number.MAX_SAFE_INTEGER)) return undefined;
  return { sessionId, source: 'estimate', tokensUsed: Math.ceil(characters / charactersPerToken) };
}
