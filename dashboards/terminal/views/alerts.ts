import { borderColumns } from '../box.ts';
import type { FiringAlert } from '../../source/figures.ts';
import { type Line, line, selected, toned } from '../line.ts';
import { selectedSession } from '../monitor-state.ts';
import type { Scene } from '../scene.ts';
import { alertSeverity, marks } from '../severity.ts';
import { fit } from '../../text/text.ts';
import { deliveredLines } from './delivered.ts';
import { healthLines } from './health.ts';

/** Rows of the title, the head, the borders, two headings and the keys. */
const otherRows = 9;

/** The firing alerts, critical ones first, and the alerts that were sent. */
export function alertsView(scene: Scene): Line[][] {
  const { delivered = [] } = scene.model;
  const room = scene.size.rows - otherRows;
  const reserved = Math.min(Math.max(1, delivered.length), Math.floor(room / 2));
  const firing = firingLines(scene, Math.max(1, room - reserved));
  return [healthLines(scene), firing, deliveredLines(scene, Math.max(1, room + 1 - firing.length))];
}

function firingLines(scene: Scene, rows: number): Line[] {
  const { alerts } = scene.model;
  const chosen = selectedSession(scene.listed, scene.state)?.id;
  const lines = alerts.slice(0, rows).map((alert) => {
    const drawn = alertLine(alert, scene);
    const isChosen = alert.sessionId !== undefined && alert.sessionId === chosen;
    return isChosen ? selected(line('▸', ...drawn)) : line(' ', ...drawn);
  });
  const more = alerts.length > rows ? [line(toned('quiet', `and ${alerts.length - rows} more`))] : [];
  return [...(lines.length === 0 ? [line(emptyText(scene))] : lines), ...more];
}

function emptyText({ status }: Scene): string {
  return status.isLiveOnly ? 'Alerts need VictoriaMetrics: npm run stack:up' : 'Nothing is firing.';
}

function alertLine({ name, severity, sessionId }: FiringAlert, { model, silencedIds, size }: Scene): Line {
  const known = model.sessions.find(({ id }) => id === sessionId);
  const silenced = sessionId !== undefined && silencedIds.has(sessionId) ? 'silenced  ' : '';
  const tone = alertSeverity(severity);
  const width = Math.min(30, Math.floor((size.columns - borderColumns) / 2));
  return line(
    toned(tone, `${marks[tone]} ${fit(severity, 9)}`),
    `${fit(name, width)}  ${silenced}${known?.name ?? sessionId ?? ''}`,
  );
}
