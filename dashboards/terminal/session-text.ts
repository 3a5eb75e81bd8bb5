import type { Trend } from '../source/figures.ts';
import { fullText } from '../text/advice.ts';
import { shortId } from '../text/session-label.ts';
import { type Segment, toned } from './line.ts';
import type { MonitorSession } from './monitor-model.ts';
import { percentShown, tokensShown } from '../text/quantity.ts';
import { marks, type Severity } from './severity.ts';

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

/** The label of a session and its id: `shop (66661111)`. Without a name or a project it has a letter: `Session A (conn_…)`. */
export function headingText({ id, name, project, letter }: MonitorSession): string {
  return `${name ?? project ?? `Session ${letter ?? ''}`} (${shortId(id)})`;
}

/** An idle session does not fill up. */
const idleSeconds = 120;

/** `full in 12m`; empty while the session is idle or does not grow. */
export function fullInText(
  { lastActivitySeconds }: MonitorSession,
  trend: Trend | undefined,
  nowMillis: number,
): string {
  const isIdle = lastActivitySeconds !== undefined && nowMillis / 1_000 - lastActivitySeconds > idleSeconds;
  return isIdle ? '' : fullText(trend?.secondsToFull);
}
