import { type Severity, type SeverityLimits, severityOf } from './severity.ts';

/** A time span in which a session's severity stayed the same. */
export interface Spell {
  readonly severity: Severity;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** How full a session was at a moment. */
interface Moment {
  readonly atSeconds: number;
  readonly usagePercent: number;
}

/** Splits a session's history by severity, oldest first. */
export function spellsOf(points: readonly Moment[], limits: SeverityLimits): Spell[] {
  const spells: Spell[] = [];
  for (const { atSeconds, usagePercent } of points) {
    const severity = severityOf(usagePercent, limits);
    const last = spells.at(-1);
    if (last !== undefined) spells[spells.length - 1] = { ...last, toSeconds: atSeconds };
    if (last?.severity !== severity) spells.push({ severity, fromSeconds: atSeconds, toSeconds: atSeconds });
  }
  return spells;
}
