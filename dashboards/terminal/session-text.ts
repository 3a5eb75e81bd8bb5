import type { Trend } from '../source/figures.ts';
import { fullText } from '../text/advice.ts';
import { shortId } from '../text/session-label.ts';
import { isIdle, tokensText } from '../text/session-text.ts';
import { type Segment, toned } from './line.ts';
import type { MonitorSession } from './monitor-model.ts';
import { percentShown, tokensShown } from '../text/quantity.ts';
import { marks, type Severity } from './severity.ts';

/** Formats usage: `180K / 200K (90%)`. */
export function usageText(session: MonitorSession): string {
  return `${tokensText(session)} (${percentShown(session.usagePercent)})`;
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

/** `full in 12m`; empty while the session is idle or does not grow. */
export function fullInText(
  { lastActivitySeconds }: MonitorSession,
  trend: Trend | undefined,
  nowMillis: number,
): string {
  return isIdle(lastActivitySeconds, nowMillis / 1_000) ? '' : fullText(trend?.secondsToFull);
}
