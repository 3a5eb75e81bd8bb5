/** Tokens below the window size at which Claude Code compacts automatically: 167,189 of 200,000 was observed. */
const reserveTokens = 33_000;

/** The inputs for a session's automatic compaction point, all in tokens. */
export interface CompactionPointEvidence {
  readonly windowTokens: number;
  /** The setting `autoCompactWindow`, if it is set. */
  readonly autoCompactWindow?: number | undefined;
  /** The fewest tokens at which the session was compacted automatically, which can overshoot the point. */
  readonly leastCompactedTokens?: number | undefined;
}

/** The tokens in the context window at which the session is compacted automatically; at least 0. */
export function compactionPoint(evidence: CompactionPointEvidence): number {
  const { windowTokens, autoCompactWindow, leastCompactedTokens } = evidence;
  if (autoCompactWindow === undefined && leastCompactedTokens !== undefined) return leastCompactedTokens;
  const compactedWindow = Math.min(windowTokens, autoCompactWindow ?? Infinity);
  return Math.max(0, Math.min(compactedWindow - reserveTokens, leastCompactedTokens ?? Infinity));
}
