import { type Line, line, type Segment, toned } from '../line.ts';
import { clockShown, durationShown } from '../../text/quantity.ts';
import type { Scene } from '../scene.ts';
import type { Status } from '../status.ts';

/** The head of each view: health, uptime and number of sessions. A second line describes a problem. */
export function healthLines({ status, model, nowMillis }: Scene): Line[] {
  const { uptimeSeconds, sessions, waiting } = model;
  const uptime = uptimeSeconds === undefined ? '–' : durationShown(uptimeSeconds);
  const shown =
    status.replaySpeed === undefined
      ? `Uptime: ${uptime}`
      : `${dayShown(nowMillis)} ${clockShown(nowMillis)}`;
  const first = line(
    healthSegment(status),
    `   ${shown}   Active Sessions: ${sessions.length + waiting.length}`,
  );
  const trouble = troubleOf(status);
  return trouble === '' ? [first] : [first, line(toned('critical', trouble))];
}

/** The note right of the title: firing alerts, age of the figures, and whether they are paused or live only. */
export function noteText({ status, model }: Scene): string {
  const { length } = model.alerts;
  const alerts = length === 0 ? '' : `${length} ${length === 1 ? 'alert' : 'alerts'}`;
  const isOld = status.ageSeconds !== undefined && status.replaySpeed === undefined;
  const age = !isOld ? '' : `${durationShown(status.ageSeconds ?? 0)} old`;
  const live = status.isLiveOnly ? 'live only' : '';
  return [alerts, status.isPaused ? 'PAUSED' : '', live, age].filter((text) => text !== '').join(' · ');
}

const healthSegments: Readonly<Record<Status['health'], Segment>> = {
  connecting: toned('quiet', '… CONNECTING'),
  healthy: toned('ok', '✓ HEALTHY'),
  degraded: toned('warning', '⚠ DEGRADED'),
  stale: toned('warning', '⚠ STALE'),
  down: toned('critical', '✗ DOWN'),
};

function healthSegment({ health, replaySpeed }: Status): Segment {
  const isPlaying = replaySpeed !== undefined && health !== 'down' && health !== 'connecting';
  return isPlaying ? toned('strong', `▶ REPLAY ${replaySpeed}×`) : healthSegments[health];
}

/** Formats a day in the local time zone: `2026-11-23`. */
function dayShown(atMillis: number): string {
  return new Date(atMillis).toLocaleDateString('sv-SE');
}

function troubleOf({
  health,
  problem,
  retrySeconds,
  ageSeconds,
  away,
  isLiveOnly,
  replaySpeed,
}: Status): string {
  if (health === 'down') {
    return retrySeconds === undefined ? `${problem}` : `Retry in ${retrySeconds}s: ${problem}`;
  }
  if (health === 'degraded') return `No answer from ${away.join(', ')}. See npm run doctor`;
  if (isLiveOnly) return 'Needs VictoriaMetrics for history and alerts: npm run stack:up';
  if (health !== 'stale' || replaySpeed !== undefined) return '';
  return ageSeconds === undefined
    ? 'No figures yet: nothing reports. See npm run doctor'
    : 'No new figures: nothing reports. See npm run doctor';
}
