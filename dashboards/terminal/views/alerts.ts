import type { FiringAlert } from '../../source/figures.ts';
import { standingText, stepText } from '../../text/advice.ts';
import { clickable, type Line, line, selected, toned } from '../line.ts';
import type { MonitorSession } from '../monitor-model.ts';
import { selectedSession } from '../monitor-state.ts';
import type { Scene } from '../scene.ts';
import { alertSeverity, marks } from '../severity.ts';
import { alertWords } from '../../text/alert-words.ts';
import { alertSubject } from './alert-subject.ts';
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
  const chosenId = selectedSession(scene.listed, scene.state)?.id;
  // A session may have several alerts: the first one stands for it.
  const chosen = alerts.find(({ sessionId }) => sessionId !== undefined && sessionId === chosenId);
  const count = chosen === undefined ? rows : Math.max(1, rows - 1);
  const lines = alerts.slice(0, count).flatMap((alert) => {
    const drawn = clickable(alertLine(alert, scene), alert.sessionId);
    return alert === chosen
      ? [selected([...line('▸'), ...drawn]), stepLine(alert, scene)]
      : [[...line(' '), ...drawn]];
  });
  const more = alerts.length > count ? [line(toned('quiet', `and ${alerts.length - count} more`))] : [];
  return [...(lines.length === 0 ? [line(emptyText(scene))] : lines), ...more];
}

function emptyText({ status }: Scene): string {
  return status.isLiveOnly ? 'Alerts need VictoriaMetrics: npm run stack:up' : 'Nothing is firing.';
}

/** `✗ shop: 92% of context, 15K left, full in 4m  Context window critical` */
function alertLine({ name, severity, sessionId }: FiringAlert, scene: Scene): Line {
  const { model, silencedIds } = scene;
  const tone = alertSeverity(severity);
  const subject = alertSubject(sessionId, model.sessions);
  const session = model.sessions.find(({ id }) => id === sessionId);
  const sentence = session && `: ${standingText(advised(session, scene))}`;
  return line(
    toned(tone, `${marks[tone]} `),
    sessionId !== undefined && silencedIds.has(sessionId) ? 'silenced  ' : '',
    subject && `${subject}${sentence ?? ''}  `,
    toned(subject === '' ? 'plain' : 'quiet', alertWords(name)),
  );
}

function stepLine({ sessionId }: FiringAlert, scene: Scene): Line {
  const session = scene.model.sessions.find(({ id }) => id === sessionId);
  return line(`   ${(session && stepText(advised(session, scene))) || 'No step is needed now.'}`);
}

function advised(session: MonitorSession, { trends }: Scene) {
  return { ...session, secondsToFull: trends.get(session.id)?.secondsToFull };
}
