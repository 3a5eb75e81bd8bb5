import type { MonitorSource } from '../source/figures.ts';
import type { MonitorModel } from './monitor-model.ts';
import { topCount } from './monitor-state.ts';
import { clockShown, durationShown, percentShown, tokensShown } from '../text/quantity.ts';
import { usageText } from './session-text.ts';
import type { Status } from './status.ts';
import { noFigureYet } from '../text/no-figure.ts';
import { printable } from '../text/text.ts';

/** The plain output of one refresh: a line with totals, and a line for each of the top sessions. */
export function plainLines(model: MonitorModel, status: Status, nowMillis: number): string[] {
  const { sessions, waiting, totals } = model;
  const first = `${clockShown(nowMillis)} ${status.health} ${sessions.length + waiting.length} sessions, ${tokensShown(totals.tokensUsed)} / ${tokensShown(totals.windowTokens)} tokens (${percentShown(totals.usagePercent)})`;
  if (status.problem !== undefined) return [`${clockShown(nowMillis)} ${status.health} ${status.problem}`];
  return [
    first,
    ...sessions
      .slice(0, topCount)
      .map(
        (session) =>
          `${clockShown(nowMillis)} ${session.severity} ${usageText(session)} ${durationShown(session.durationSeconds)} ${session.letter === undefined ? session.label : ''} ${printable(session.id)}`,
      ),
    ...waiting
      .slice(0, topCount)
      .map(({ label, id }) => `${clockShown(nowMillis)} ${noFigureYet} ${label} ${printable(id)}`),
  ];
}

/** The output of `--json`. */
export function monitorReport(model: MonitorModel, status: Status, source: MonitorSource): object {
  return { at: new Date(source.now()).toISOString(), source: source.title, ...status, ...model };
}
