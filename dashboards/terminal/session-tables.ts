import type { MonitorModel } from './monitor-model.ts';
import { durationShown, percentShown, tokensShown } from '../text/quantity.ts';
import { sessionLabels, shortId } from '../text/session-label.ts';
import { tokensText } from '../text/session-text.ts';
import { savedText } from './session-text.ts';
import { noFigureYet } from '../text/no-figure.ts';
import { printable } from '../text/text.ts';
import { table } from '../text/table.ts';
import type { PastSession } from '../source/past-sessions.ts';

/**
 * A table of live sessions.
 *
 * @param columns - of the terminal: a long label is cut to fit. Default: nothing is cut.
 */
export function liveTable(
  { sessions, waiting }: Pick<MonitorModel, 'sessions' | 'waiting'>,
  columns?: number,
): string {
  if (sessions.length + waiting.length === 0) return 'No live sessions. Past ones: npm run sessions -- --all';
  const rows = sessions.map((session) => [
    session.label,
    printable(shortId(session.id)),
    session.severity,
    percentShown(session.usagePercent),
    tokensText(session),
    String(session.checkpoints),
    savedText(session),
    durationShown(session.durationSeconds),
  ]);
  const waitingRows = waiting.map(({ id, label }) => [
    label,
    printable(shortId(id)),
    noFigureYet,
    ...Array.from({ length: 5 }, () => '–'),
  ]);
  const headings = ['SESSION', 'ID', 'STATE', 'USED', 'TOKENS', 'CHECKPOINTS', 'SAVED', 'DURATION'];
  return table([headings, ...rows, ...waitingRows], columns).join('\n');
}

/**
 * A table of past sessions.
 *
 * @param columns - of the terminal: a long label is cut to fit. Default: nothing is cut.
 */
export function pastTable(sessions: readonly PastSession[], columns?: number): string {
  if (sessions.length === 0) return 'No sessions in this time range. Look further back: --since 7d';
  const labels = sessionLabels(sessions);
  const rows = sessions.map((session) => [
    printable(labels.get(session.id) ?? session.id),
    printable(shortId(session.id)),
    timeShown(session.startSeconds),
    timeShown(session.endSeconds),
    percentShown(session.peakPercent),
    `${session.warningCrossings} / ${session.criticalCrossings}`,
    String(session.checkpoints),
    tokensShown(session.tokensSaved),
  ]);
  const headings = ['SESSION', 'ID', 'START', 'END', 'PEAK', 'CROSSINGS', 'CHECKPOINTS', 'SAVED'];
  return table([headings, ...rows], columns).join('\n');
}

/** Formats a Unix time in the local time zone: `2026-11-23 14:05:09`. */
export function timeShown(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleString('sv-SE');
}
