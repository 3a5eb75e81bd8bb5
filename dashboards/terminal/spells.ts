import type { HistoryPoint } from '../source/figures.ts';
import { type Severity, severityOf } from './severity.ts';

/** A time during which a session stood the same. */
export interface Spell {
  readonly severity: Severity;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** How a session stood over time, oldest first. */
export function spellsOf(points: readonly HistoryPoint[]): Spell[] {
  const spells: Spell[] = [];
  for (const { atSeconds, usagePercent } of points) {
    const severity = severityOf(usagePercent);
    const last = spells.at(-1);
    if (last !== undefined) spells[spells.length - 1] = { ...last, toSeconds: atSeconds };
    if (last?.severity !== severity) spells.push({ severity, fromSeconds: atSeconds, toSeconds: atSeconds });
  }
  return spells;
}
