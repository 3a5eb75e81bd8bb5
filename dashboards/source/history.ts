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

/** How far apart a checkpoint and its figures can be: each source reports in its own time. */
const mostSeconds = 30;

/** Combines a session's series into its history, with a checkpoint wherever the counter grew. */
export function historyFrom({ usage, tokens, checkpoints, saved }: HistorySeries): SessionHistory {
  const tokensAt = new Map(tokens);
  return {
    points: usage.map(([atSeconds, usagePercent]) => ({
      atSeconds,
      usagePercent,
      tokensUsed: tokensAt.get(atSeconds) ?? 0,
    })),
    checkpoints: checkpointsIn(growthsOf(checkpoints), tokens, saved),
  };
}

/** The moments at which a counter grew, each with the one of the sample before. */
function growthsOf(counts: Values): { atSeconds: number; beforeSeconds: number }[] {
  return counts.flatMap(([atSeconds, count], index) => {
    const [beforeSeconds, countBefore] = counts[index - 1] ?? [atSeconds, count];
    return count > countBefore ? [{ atSeconds, beforeSeconds }] : [];
  });
}

/** Pairs each growth with the steepest fall of the tokens around it that no growth before was paired with. */
function checkpointsIn(
  growths: ReturnType<typeof growthsOf>,
  tokens: Values,
  saved: Values,
): CheckpointEntry[] {
  let pairedSeconds = -Infinity;
  return growths.map(({ atSeconds, beforeSeconds }, index) => {
    const reach = Math.max(mostSeconds, atSeconds - beforeSeconds);
    const from = Math.max(atSeconds - reach, pairedSeconds);
    const to = Math.min(atSeconds + reach, growths[index + 1]?.beforeSeconds ?? Infinity);
    const fall = steepestFall(tokens.filter(([seconds]) => seconds >= from && seconds <= to));
    pairedSeconds = fall?.atSeconds ?? pairedSeconds;
    return {
      atSeconds,
      tokensBefore: fall?.before ?? valueAt(tokens, beforeSeconds),
      tokensAfter: fall?.after ?? valueAt(tokens, atSeconds),
      tokensSaved: valueAt(saved, to) - valueAt(saved, beforeSeconds),
    };
  });
}

/** The greatest fall from one sample to the next; nothing where the values never fall. */
function steepestFall(values: Values) {
  const steps = values.slice(1).map(([atSeconds, after], index) => {
    const before = values[index]![1];
    return { atSeconds, before, after, by: before - after };
  });
  const [steepest] = steps.filter(({ by }) => by > 0).toSorted((one, other) => other.by - one.by);
  return steepest;
}

/** The newest value at a time; 0 before the first one. */
function valueAt(values: Values, seconds: number): number {
  return values.findLast(([atSeconds]) => atSeconds <= seconds)?.[1] ?? 0;
}
