import type { MonitorSession } from './monitor-model.ts';
import { durationShown, percentShown, tokensShown } from '../text/quantity.ts';
import { savedText, tokensText } from './session-text.ts';
import { printable } from '../text/text.ts';
import { table } from '../text/table.ts';
import type { PastSession } from '../source/past-sessions.ts';

/** A table of live sessions. */
export function liveTable(sessions: readonly MonitorSession[]): string {
  if (sessions.length === 0) return 'No live sessions. Past ones: npm run sessions -- --all';
  const rows = sessions.map((session) => [
    printable(session.id),
    session.name ?? '',
    session.severity,
    percentShown(session.usagePercent),
    tokensText(session),
    String(session.checkpoints),
    savedText(session),
    durationShown(session.durationSeconds),
  ]);
  return table([['ID', 'NAME', 'STATE', 'USED', 'TOKENS', 'CHECKPOINTS', 'SAVED', 'DURATION'], ...rows]).join(
    '\n',
  );
}

/** A table of past sessions. */
export function pastTable(sessions: readonly PastSession[]): string {
  if (sessions.length === 0) return 'No sessions in this time range. Look further back: --since 7d';
  const rows = sessions.map((session) => [
    printable(session.id),
    printable(session.name ?? ''),
    timeShown(session.startSeconds),
    timeShown(session.endSeconds),
    percentShown(session.peakPercent),
    `${session.warningCrossings} / ${session.criticalCrossings}`,
    String(session.checkpoints),
    tokensShown(session.tokensSaved),
  ]);
  return table([['ID', 'NAME', 'START', 'END', 'PEAK', 'CROSSINGS', 'CHECKPOINTS', 'SAVED'], ...rows]).join(
    '\n',
  );
}

/** Formats a Unix time in the local time zone: `2026-11-23 14:05:09`. */
export function timeShown(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleString('sv-SE');
}
