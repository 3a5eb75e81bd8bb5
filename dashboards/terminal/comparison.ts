import type { Thresholds } from '#thresholds';
import type { SessionHistory } from '../source/figures.ts';
import { dollarsShown, durationShown, percentShown, tokensShown } from '../text/quantity.ts';
import { sessionLabels } from '../text/session-label.ts';
import { bucketed, sparkline } from './sparkline.ts';
import { fit, printable } from '../text/text.ts';
import type { PastSession } from '../source/past-sessions.ts';
import { timeShown } from './session-tables.ts';

const labelWidth = 16;

type Row = readonly [label: string, value: (session: PastSession) => string];

const rowsAt = ({ warning, critical }: Thresholds): readonly Row[] => [
  ['Id', ({ id }) => printable(id)],
  ['Name', ({ name }) => printable(name ?? '–')],
  ['Project', ({ project }) => printable(project ?? '–')],
  ['Model', ({ model }) => printable(model ?? '–')],
  ['Start', ({ startSeconds }) => timeShown(startSeconds)],
  ['Duration', ({ startSeconds, endSeconds }) => durationShown(endSeconds - startSeconds)],
  ['Peak', ({ peakTokens, peakPercent }) => `${tokensShown(peakTokens)} (${percentShown(peakPercent)})`],
  ['Window', ({ windowTokens }) => tokensShown(windowTokens)],
  [`${warning.percent}% crossings`, ({ warningCrossings }) => String(warningCrossings)],
  [`${critical.percent}% crossings`, ({ criticalCrossings }) => String(criticalCrossings)],
  ['Checkpoints', ({ checkpoints }) => String(checkpoints)],
  ['Saved', ({ tokensSaved }) => tokensShown(tokensSaved)],
  [
    'Saved each',
    ({ tokensSaved, checkpoints }) => (checkpoints === 0 ? '–' : tokensShown(tokensSaved / checkpoints)),
  ],
  ['Cost', ({ costUsd }) => (costUsd === undefined ? '–' : dollarsShown(costUsd))],
];

/** How {@link comparisonLines} shows sessions. */
export interface ComparisonOptions {
  /** Columns of the terminal. */
  readonly columns: number;
  readonly thresholds: Thresholds;
}

/** Prints sessions side by side, one column each, with a sparkline of their usage. All sparklines share one time scale. */
export function comparisonLines(
  sessions: readonly PastSession[],
  histories: readonly SessionHistory[],
  { columns, thresholds }: ComparisonOptions,
): string {
  const width = Math.max(10, Math.floor((columns - labelWidth) / sessions.length) - 2);
  const line = (label: string, values: readonly string[]) =>
    [fit(label, labelWidth), ...values.map((value) => fit(value, width))].join('  ').trimEnd();
  const labels = sessionLabels(sessions);
  const longest = Math.max(1, ...sessions.map(({ startSeconds, endSeconds }) => endSeconds - startSeconds));
  const trends = histories.map(({ points }, index) => {
    const { startSeconds = 0, endSeconds = 0 } = sessions[index] ?? {};
    const own = Math.max(1, Math.round((width * (endSeconds - startSeconds)) / longest));
    const usage = points.map(({ usagePercent }) => usagePercent);
    return sparkline(bucketed(usage, own), own);
  });
  return [
    line(
      '',
      sessions.map(({ id }) => printable(labels.get(id) ?? id)),
    ),
    ...rowsAt(thresholds).map(([label, value]) => line(label, sessions.map(value))),
    line('Usage', trends),
  ].join('\n');
}
