import type { SessionObservation } from './observation.ts';

/**
 * Characters that make up one token on average.
 * Source: https://docs.anthropic.com/en/docs/about-claude/glossary#tokens ("approximately 3.5 English characters")
 */
const charactersPerToken = 3.5;

/**
 * Estimates a session's occupancy from the size of the request to the model, for servers that have no exact figures. The
 * result's source is `estimate`: it counts only while no exact source has reported the session, and it can be off by half
 * for code, tables and languages other than English.
 *
 * @param sessionId a checked session id
 * @param characters the size of everything in the context window; returns `undefined` unless it is a number of at least 0
 */
export function estimateFromSize(sessionId: string, characters: number): SessionObservation | undefined {
  if (!(characters >= 0 && characters <= Number.MAX_SAFE_INTEGER)) return undefined;
  return { sessionId, source: 'estimate', tokensUsed: Math.ceil(characters / charactersPerToken) };
}
