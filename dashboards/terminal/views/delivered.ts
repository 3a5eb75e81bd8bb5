import type { DeliveredAlert } from '../../source/figures.ts';
import { type Line, line, toned } from '../line.ts';
import type { Scene } from '../scene.ts';
import { alertSeverity, marks } from '../severity.ts';
import { fit } from '../../text/text.ts';
import { alertWords } from '../../text/alert-words.ts';
import { alertSubject } from './alert-subject.ts';

/**
 * The alerts in the receiver's inbox, newest first, below a heading.
 *
 * @param rows most rows below the heading
 */
export function deliveredLines(scene: Scene, rows: number): Line[] {
  const { delivered } = scene.model;
  const shown = (delivered ?? []).slice(0, rows).map((alert) => deliveredLine(alert, scene));
  const empty = delivered === undefined ? 'Unknown: no receiver answered.' : 'None yet.';
  return [line(toned('strong', 'Delivered')), ...(shown.length === 0 ? [line(empty)] : shown)];
}

function deliveredLine(
  { atMillis, status, name, severity, sessionId }: DeliveredAlert,
  { model }: Scene,
): Line {
  const tone = status === 'resolved' ? 'ok' : alertSeverity(severity);
  return line(
    ` ${dayAndTime(atMillis)}  `,
    toned(tone, `${marks[tone]} ${fit(status, 8)}`),
    `  ${fit(alertWords(name), 24)}  ${alertSubject(sessionId, model.sessions)}`,
  );
}

/** Formats a time with its day, `11-23 14:05`, because an inbox covers days. */
function dayAndTime(atMillis: number): string {
  return new Date(atMillis).toLocaleString('sv-SE').slice(5, 16);
}
