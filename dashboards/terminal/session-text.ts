import { type Segment, toned } from './line.ts';
import type { MonitorSession } from './monitor-model.ts';
import { percentShown, tokensShown } from '../text/quantity.ts';
import { marks, type Severity } from './severity.ts';

export { fullText } from '../text/advice.ts';

/** Formats usage: `180K / 200K (90%)`. */
export function usageText(session: MonitorSession): string {
  return `${tokensText(session)} (${percentShown(session.usagePercent)})`;
}

/** `180K / 200K`; `180K / 200K, assumed` where the size of the window is a guess. */
export function tokensText({ tokensUsed, windowTokens, isWindowAssumed }: MonitorSession): string {
  return `${tokensShown(tokensUsed)} / ${tokensShown(windowTokens)}${isWindowAssumed ? ', assumed' : ''}`;
}

/** The mark of a session's severity: `[✗]`. */
export function markSegment({ severity }: MonitorSession): Segment {
  return toned(severity, `[${marks[severity]}]`);
}

const words: Readonly<Record<Severity, string>> = { ok: '', warning: '⚠ WARNING', critical: '⚠ CRITICAL' };

/** The severity in words: `⚠ CRITICAL`; empty for `ok`. */
export function severityWord({ severity }: MonitorSession): Segment {
  return toned(severity, words[severity]);
}

/** Formats the average saved per checkpoint: `320K avg`; `–` without checkpoints. */
export function savedText({ savedPerCheckpoint }: MonitorSession): string {
  return savedPerCheckpoint === undefined ? '–' : `${tokensShown(savedPerCheckpoint)} avg`;
}

/** Formats a heading from the session's name and id. Without a name, a letter by place: `Session A (conn_…)`. */
export function headingText({ name, id }: MonitorSession, place: number): string {
  return `${name ?? `Session ${String.fromCodePoint(65 + place)}`} (${id})`;
}
