import { borderColumns, borderRows } from '../box.ts';
import { type Line, line, selected, toned } from '../line.ts';
import type { MonitorSession } from '../monitor-model.ts';
import { selectedSession } from '../monitor-state.ts';
import { durationShown, percentShown, tokensShown } from '../../text/quantity.ts';
import type { Scene } from '../scene.ts';
import { fullText, savedText } from '../session-text.ts';
import { marks } from '../severity.ts';
import { sparkline } from '../sparkline.ts';
import { fit } from '../../text/text.ts';
import { healthLines } from './health.ts';

/** A table of all sessions that scrolls with the selection. */
export function sessionsView(scene: Scene): Line[][] {
  const { listed } = scene;
  const widths = widthsFor(scene.size.columns - borderColumns);
  const chosen = selectedSession(listed, scene.state);
  const body = visibleSessions(scene).map((session) => {
    const row = rowLine(session, scene, widths);
    return session === chosen ? selected(line('▸', ...row)) : line(' ', ...row);
  });
  const empty = scene.model.sessions.length === 0 ? 'No live sessions.' : 'No session matches the filter.';
  return [
    healthLines(scene),
    [line(toned('strong', headingText(widths)))],
    [...(body.length === 0 ? [line(empty)] : body), ...blankRows(scene, body.length)],
    [line(toned('quiet', summary(scene)))],
  ];
}

/** The sessions in the visible part of the table, which includes the selected one. */
export function visibleSessions(scene: Scene): readonly MonitorSession[] {
  const { listed, state } = scene;
  const rows = tableRows(scene);
  const index = Math.max(
    0,
    listed.findIndex(({ id }) => id === state.selectedId),
  );
  const first = Math.min(Math.max(0, index - Math.floor(rows / 2)), Math.max(0, listed.length - rows));
  return listed.slice(first, first + rows);
}

function tableRows(scene: Scene): number {
  const others = healthLines(scene).length + 1 + 1 + borderRows(4) + 1;
  return Math.max(1, scene.size.rows - others);
}

function blankRows(scene: Scene, used: number): Line[] {
  return Array.from({ length: Math.max(0, tableRows(scene) - Math.max(1, used)) }, () => line(''));
}

interface Widths {
  readonly name: number;
  readonly trend: number;
  /** Whether the last columns fit. */
  readonly isWide: boolean;
}

function widthsFor(columns: number): Widths {
  const isWide = columns >= 100;
  const rest = columns - 3 - 6 - 13 - 8 - 8 - (isWide ? 12 + 12 + 9 : 0);
  const trend = Math.max(5, Math.floor(rest / 3));
  return { name: Math.max(8, rest - trend), trend, isWide };
}

function headingText({ name, trend, isWide }: Widths): string {
  const first = `   ${fit('SESSION', name)}${fit('USED', 6, 'right')}${fit('TOKENS', 13, 'right')}  `;
  const rest = isWide
    ? `${fit('SAVED', 12, 'right')}${fit('FULL', 12, 'right')}${fit('ACTIVE', 9, 'right')}`
    : '';
  return `${first}${fit('TREND', trend)}${fit('CHECKS', 6, 'right')}${fit('TIME', 8, 'right')}${rest}`;
}

function rowLine(
  session: MonitorSession,
  { trends, nowMillis }: Scene,
  { name, trend, isWide }: Widths,
): Line {
  const { severity, usagePercent, tokensUsed, windowTokens, checkpoints, durationSeconds } = session;
  // No room for the word: a question mark says that the size of the window is a guess.
  const guess = session.isWindowAssumed ? '?' : '';
  const own = trends.get(session.id);
  const tokens = `${tokensShown(tokensUsed)}/${tokensShown(windowTokens)}${guess}`;
  const wide = isWide
    ? fit(savedText(session), 12, 'right') +
      fit(fullText(own?.secondsToFull).replace('full in ', ''), 12, 'right') +
      fit(activeText(session, nowMillis), 9, 'right')
    : '';
  return line(
    toned(severity, `${marks[severity]} `),
    fit(nameText(session), name),
    toned(severity, fit(percentShown(usagePercent), 6, 'right')),
    `${fit(tokens, 13, 'right')}  `,
    toned(severity, fit(sparkline(own?.usagePercents ?? [], trend), trend)),
    `${fit(String(checkpoints), 6, 'right')}${fit(durationShown(durationSeconds), 8, 'right')}${wide}`,
  );
}

function nameText({ name, id }: MonitorSession): string {
  return name === undefined ? id : `${name} (${id})`;
}

function activeText({ lastActivitySeconds }: MonitorSession, nowMillis: number): string {
  if (lastActivitySeconds === undefined) return '–';
  return durationShown(nowMillis / 1_000 - lastActivitySeconds);
}

function summary({ listed, model, state }: Scene): string {
  const index = Math.max(
    0,
    listed.findIndex(({ id }) => id === state.selectedId),
  );
  const place = listed.length === 0 ? 'none' : `${index + 1} of ${listed.length}`;
  const filter = state.filter === '' ? '' : `   filter: ${state.filter} (of ${model.sessions.length})`;
  return `${place}   sorted by ${state.sort}${filter}`;
}
