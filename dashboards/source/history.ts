import type { CheckpointEntry, SessionHistory } from './figures.ts';
import type { Series } from './victoriametrics.ts';

type Values = Series['values'];

/** The series of one session over the same moments. */
export interface HistorySeries {
  readonly usage: Values;
  readonly tokens: Values;
  readonly checkpoints: Values;
  readonly saved: Values;
}

/** Puts a session's series together: its usage, and a checkpoint wherever its counter grew. */
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
