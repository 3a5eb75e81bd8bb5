import { type Line, line, type Segment, toned } from '../line.ts';
import { durationShown } from '../../text/quantity.ts';
import type { Scene } from '../scene.ts';
import type { Status } from '../status.ts';

/** The head of each view: health, uptime and number of sessions. A second line describes a problem. */
export function healthLines({ status, model }: Scene): Line[] {
  const { uptimeSeconds, sessions } = model;
  const uptime = uptimeSeconds === undefined ? '–' : durationShown(uptimeSeconds);
  const first = line(healthSegment(status), `   Uptime: ${uptime}   Active Sessions: ${sessions.length}`);
  const trouble = troubleOf(status);
  return trouble === '' ? [first] : [first, line(toned('critical', trouble))];
}

/** The note right of the title: firing alerts, age of the figures, and whether they are paused or live only. */
export function noteText({ status, model }: Scene): string {
  const { length } = model.alerts;
  const alerts = length === 0 ? '' : `${length} ${length === 1 ? 'alert' : 'alerts'}`;
  const age = status.ageSeconds === undefined ? '' : `${durationShown(status.ageSeconds)} old`;
  const live = status.isLiveOnly ? 'live only' : '';
  return [alerts, status.isPaused ? 'PAUSED' : '', live, age].filter((text) => text !== '').join(' · ');
}

const healthSegments: Readonly<Record<Status['health'], Segment>> = {
  connecting: toned('quiet', '… CONNECTING'),
  healthy: toned('ok', '✓ HEALTHY'),
  stale: toned('warning', '⚠ STALE'),
  down: toned('critical', '✗ DOWN'),
};

function healthSegment({ health }: Status): Segment {
  return healthSegments[health];
}

function troubleOf({ health, problem, retrySeconds, ageSeconds }: Status): string {
  if (health === 'down') {
    return retrySeconds === undefined ? `${problem}` : `Retry in ${retrySeconds}s: ${problem}`;
  }
  if (health !== 'stale') return '';
  return ageSeconds === undefined
    ? 'No figures yet: nothing reports. See npm run doctor'
    : 'No new figures: nothing reports. See npm run doctor';
}
