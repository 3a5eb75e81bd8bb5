import { borderColumns, borderRows } from '../box.ts';
import { type Line, line, toned } from '../line.ts';
import type { MonitorSession } from '../monitor-model.ts';
import { selectedSession } from '../monitor-state.ts';
import type { Scene } from '../scene.ts';
import { rowHeading, rowLayout, sessionRow, visibleRows } from '../session-row.ts';
import { noFigureText } from '../../text/no-figure.ts';
import { healthLines } from './health.ts';

/** A table of all sessions that scrolls with the selection. */
export function sessionsView(scene: Scene): Line[][] {
  const { listed, state } = scene;
  const layout = rowLayout(scene, scene.size.columns - borderColumns);
  const chosen = { ...scene, state: { ...state, selectedId: selectedSession(listed, state)?.id } };
  const body = visibleSessions(scene).map((session) => sessionRow(chosen, session, layout));
  const { sessions, waiting } = scene.model;
  const none = waiting.length === 0 ? 'No live sessions.' : 'No session has a figure yet.';
  const empty = sessions.length === 0 ? none : 'No session matches the filter.';
  return [
    healthLines(scene),
    [rowHeading(layout)],
    [...(body.length === 0 ? [line(empty)] : body), ...blankRows(scene, body.length)],
    [line(toned('quiet', summary(scene)))],
  ];
}

/** The sessions in the visible part of the table, which includes the selected one. */
export function visibleSessions(scene: Scene): readonly MonitorSession[] {
  return visibleRows(scene.listed, scene.state.selectedId, tableRows(scene));
}

function tableRows(scene: Scene): number {
  const others = healthLines(scene).length + 1 + 1 + borderRows(4) + 1;
  return Math.max(1, scene.size.rows - others);
}

function blankRows(scene: Scene, used: number): Line[] {
  return Array.from({ length: Math.max(0, tableRows(scene) - Math.max(1, used)) }, () => line(''));
}

function summary({ listed, model, state }: Scene): string {
  const index = Math.max(
    0,
    listed.findIndex(({ id }) => id === state.selectedId),
  );
  const place = listed.length === 0 ? 'none' : `${index + 1} of ${listed.length}`;
  const filter = state.filter === '' ? '' : `   filter: ${state.filter} (of ${model.sessions.length})`;
  const waiting = noFigureText(model.waiting.map(({ label }) => label));
  return `${place}   sorted by ${state.sort}${filter}${waiting && `   ${waiting}`}`;
}
