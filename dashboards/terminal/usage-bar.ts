import type { Thresholds } from '#thresholds';
import { type Line, merged, type Tone, toned } from './line.ts';
import type { MonitorSession } from './monitor-model.ts';

/** A mark on the bar: how it looks on the empty part and on the filled one. */
interface Tick {
  readonly percent: number | undefined;
  readonly empty: string;
  readonly filled: string;
  readonly tone: Tone;
}

/** Draws the share of the window in use as a bar, with ticks at both thresholds and where the session compacts. */
export function usageBar(session: MonitorSession, thresholds: Thresholds, width: number): Line {
  const cellOf = (percent: number) => Math.min(width - 1, Math.floor((percent * width) / 100));
  const filled = Math.min(width, Math.round((session.usagePercent * width) / 100));
  const ticks = new Map(
    ticksOf(session, thresholds).flatMap((tick) =>
      tick.percent === undefined ? [] : [[cellOf(tick.percent), tick]],
    ),
  );
  const cells = Array.from({ length: width }, (_, index) => {
    const tick = ticks.get(index);
    if (index < filled) return toned(session.severity, tick?.filled ?? '█');
    return tick === undefined ? toned('quiet', '░') : toned(tick.tone, tick.empty);
  });
  return merged(cells);
}

/** The later ones win where two fall on one cell. */
function ticksOf(
  { compactionTokens, windowTokens }: MonitorSession,
  { warning, critical }: Thresholds,
): readonly Tick[] {
  const compaction =
    compactionTokens === undefined || windowTokens === 0
      ? undefined
      : (100 * compactionTokens) / windowTokens;
  return [
    { percent: compaction, empty: '┆', filled: '▒', tone: 'quiet' },
    { percent: warning.percent, empty: '│', filled: '▓', tone: 'warning' },
    { percent: critical.percent, empty: '│', filled: '▓', tone: 'critical' },
  ];
}
