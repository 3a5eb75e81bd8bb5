import { borderColumns } from '../box.ts';
import type { FiringAlert } from '../figures.ts';
import { type Line, line, selected, toned } from '../line.ts';
import { selectedSession } from '../monitor-state.ts';
import type { Scene } from '../scene.ts';
import { marks, type Severity } from '../severity.ts';
import { fit } from '../text.ts';
import { healthLines } from './health.ts';

/** The alerts that are firing, the critical ones first. */
export function alertsView(scene: Scene): Line[][] {
  const { alerts } = scene.model;
  const chosen = selectedSession(scene.listed, scene.state)?.id;
  const rows = Math.max(1, scene.size.rows - 8);
  const lines = alerts.slice(0, rows).map((alert) => {
    const drawn = alertLine(alert, scene);
    const isChosen = alert.sessionId !== undefined && alert.sessionId === chosen;
    return isChosen ? selected(line('▸', ...drawn)) : line(' ', ...drawn);
  });
  const more = alerts.length > rows ? [line(toned('quiet', `and ${alerts.length - rows} more`))] : [];
  return [healthLines(scene), [...(lines.length === 0 ? [line(emptyText(scene))] : lines), ...more]];
}

function emptyText({ status }: Scene): string {
  return status.isLiveOnly ? 'Alerts need VictoriaMetrics: ctxd stack up' : 'Nothing is firing.';
}

function alertLine({ name, severity, sessionId }: FiringAlert, { model, silencedIds, size }: Scene): Line {
  const known = model.sessions.find(({ id }) => id === sessionId);
  const silenced = sessionId !== undefined && silencedIds.has(sessionId) ? 'silenced  ' : '';
  const tone: Severity = severity === 'critical' || severity === 'warning' ? severity : 'ok';
  const width = Math.min(30, Math.floor((size.columns - borderColumns) / 2));
  return line(
    toned(tone, `${marks[tone]} ${fit(severity, 9)}`),
    `${fit(name, width)}  ${silenced}${known?.name ?? sessionId ?? ''}`,
  );
}
