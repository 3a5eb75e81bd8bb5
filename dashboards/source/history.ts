import type { CheckpointEntry, SessionHistory } from './figures.ts';
import type { Series } from './victoriametrics.ts';

type Values = Series['values'];

/** The series of one session, sampled at the same times. */
export interface HistorySeries {
  readonly usage: Values;
  readonly tokens: Values;
  readonly checkpoints: Values;
  readonly saved: Values;
}

/** Combines a session's series into its history, with a checkpoint wherever the counter grew. */
export function historyFrom({ usage, tokens, checkpoints, saved }: HistorySeries): SessionHistory {
  const tokensAt = new Map(tokens);
  const savedAt = new Map(saved);
  return {
    points: usage.map(([atSeconds, usagePercent]) => ({
      atSeconds,
      usagePercent,
      tokensUsed: tokensAt.get(atSeconds) ?? 0,
    })),
    checkpoints: checkpoints.flatMap(([atSeconds, count], index): CheckpointEntry[] => {
      const [before, countBefore] = checkpoints[index - 1] ?? [atSeconds, count];
      if (count <= countBefore) return [];
      return [
        {
          atSeconds,
          tokensBefore: tokensAt.get(before) ?? 0,
          tokensAfter: tokensAt.get(atSeconds) ?? 0,
          tokensSaved: (savedAt.get(atSeconds) ?? 0) - (savedAt.get(before) ?? 0),
        },
      ];
    }),
  };
}
