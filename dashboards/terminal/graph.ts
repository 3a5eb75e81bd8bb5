import type { Thresholds } from '#thresholds';
import type { HistoryPoint } from '../source/figures.ts';
import { type Line, line, merged, type Segment, toned } from './line.ts';
import { clockShown } from '../text/quantity.ts';
import { severityOf } from './severity.ts';

const blocks = '▁▂▃▄▅▆▇█';
const axisWidth = 6;

interface GraphOptions {
  /** In characters. */
  readonly width: number;
  readonly height: number;
  readonly thresholds: Thresholds;
}

/** The span of one row of the graph, in percent. */
interface Band {
  readonly bottom: number;
  readonly step: number;
}

/** Draws usage over time as columns of blocks, with the thresholds as dotted lines and the times below. */
export function graph(points: readonly HistoryPoint[], { width, height, thresholds }: GraphOptions): Line[] {
  const columns = columnsOf(points, width - axisWidth);
  const top = Math.max(100, ...columns.map((percent) => percent ?? 0));
  const step = top / (height - 1);
  const rows = Array.from({ length: height - 1 }, (_, index) => {
    const band = { bottom: (height - 2 - index) * step, step };
    return merged([
      toned('quiet', labelOf(band, thresholds)),
      ...columns.map((percent) => cell(percent, band, thresholds)),
    ]);
  });
  return [...rows, timeAxis(points, width)];
}

function columnsOf(points: readonly HistoryPoint[], count: number): (number | undefined)[] {
  const columns = Array.from<number | undefined>({ length: count });
  const first = points[0]?.atSeconds ?? 0;
  const span = Math.max(1, (points.at(-1)?.atSeconds ?? 0) - first);
  for (const { atSeconds, usagePercent } of points) {
    const column = Math.min(count - 1, Math.floor(((atSeconds - first) / span) * count));
    columns[column] = Math.max(columns[column] ?? 0, usagePercent);
  }
  return points.length > 0 && points.length < count ? filled(columns) : columns;
}

/** If there are fewer points than columns, repeats each value until the next point. */
function filled(columns: readonly (number | undefined)[]): (number | undefined)[] {
  let last: number | undefined;
  return columns.map((percent) => (last = percent ?? last));
}

function cell(percent: number | undefined, band: Band, thresholds: Thresholds): Segment {
  const { bottom, step } = band;
  const share = percent === undefined ? 0 : (percent - bottom) / step;
  if (share > 0) {
    const level = Math.min(blocks.length, Math.max(1, Math.round(share * blocks.length)));
    return toned(severityOf(percent ?? 0, thresholds), blocks[level - 1] ?? '');
  }
  return toned('quiet', thresholdWithin(band, thresholds) === undefined ? ' ' : '┄');
}

function thresholdWithin({ bottom, step }: Band, { warning, critical }: Thresholds): number | undefined {
  return [warning, critical].find(({ percent }) => percent >= bottom && percent < bottom + step)?.percent;
}

function labelOf(band: Band, thresholds: Thresholds): string {
  const { bottom, step } = band;
  const isTop = bottom + step >= 99.9;
  const percent = thresholdWithin(band, thresholds) ?? (bottom < 0.1 ? 0 : isTop ? 100 : undefined);
  return `${(percent === undefined ? '' : `${percent}%`).padStart(4)} │`;
}

function timeAxis(points: readonly HistoryPoint[], width: number): Line {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return line(toned('quiet', ' '.repeat(axisWidth)));
  const ends = [first, last].map(({ atSeconds }) => clockShown(atSeconds * 1_000));
  const gap = Math.max(1, width - axisWidth - (ends[0]?.length ?? 0) - (ends[1]?.length ?? 0));
  return line(toned('quiet', ' '.repeat(axisWidth) + ends.join(' '.repeat(gap))));
}
