import { type Segment, toned } from './line.ts';
import type { MonitorSession } from './monitor-model.ts';
import { durationShown, percentShown, tokensShown } from '../text/quantity.ts';
import { marks, type Severity } from './severity.ts';

/** `180K / 200K (90%)`. */
export function usageText({ tokensUsed, windowTokens, usagePercent }: MonitorSession): string {
  return `${tokensShown(tokensUsed)} / ${tokensShown(windowTokens)} (${percentShown(usagePercent)})`;
}

/** `[✗]` in the tone of the session's state. */
export function markSegment({ severity }: MonitorSession): Segment {
  return toned(severity, `[${marks[severity]}]`);
}

const words: Readonly<Record<Severity, string>> = { ok: '', warning: '⚠ WARNING', critical: '⚠ CRITICAL' };

/** `⚠ CRITICAL`; nothing for a session that is well. */
export function severityWord({ severity }: MonitorSession): Segment {
  return toned(severity, words[severity]);
}

/** `320K avg`; `–` without checkpoints. */
export function savedText({ savedPerCheckpoint }: MonitorSession): string {
  return savedPerCheckpoint === undefined ? '–' : `${tokensShown(savedPerCheckpoint)} avg`;
}

/** Farther away than this, a prediction from five minutes says nothing. */
const farthestSeconds = 6 * 3_600;

/** `full in 12m`; nothing while the session doesn't grow. */
export function fullText(secondsToFull: number | undefined): string {
  if (secondsToFull === undefined || secondsToFull > farthestSeconds) return '';
  return secondsToFull < 1 ? 'full' : `full in ${durationShown(secondsToFull)}`;
}

/** The session's name with its id, or a letter by its place where it has no name: `Session A (conn_…)`. */
export function headingText({ name, id }: MonitorSession, place: number): string {
  return `${name ?? `Session ${String.fromCodePoint(65 + place)}`} (${id})`;
}
