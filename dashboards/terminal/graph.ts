import { thresholds } from '#thresholds';
import type { HistoryPoint } from '../source/figures.ts';
import { type Line, line, merged, type Segment, toned } from './line.ts';
import { clockShown } from '../text/quantity.ts';
import { severityOf } from './severity.ts';

const blocks = '▁▂▃▄▅▆▇█';
const axisWidth = 6;

interface GraphSize {
  readonly width: number;
  readonly height: number;
}

/** Draws usage over time as columns of blocks, with the thresholds as dotted lines and the times below. */
export function graph(points: readonly HistoryPoint[], { width, height }: GraphSize): Line[] {
  const columns = columnsOf(points, width - axisWidth);
  const top = Math.max(100, ...columns.map((percent) => percent ?? 0));
  const step = top / (height - 1);
  const rows = Array.from({ length: height - 1 }, (_, index) => {
    const bottom = (height - 2 - index) * step;
    return merged([
      toned('quiet', labelOf(bottom, step)),
      ...columns.map((percent) => cell(percent, bottom, step)),
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

function cell(percent: number | undefined, bottom: number, step: number): Segment {
  const share = percent === undefined ? 0 : (percent - bottom) / step;
  if (share > 0) {
    const level = Math.min(blocks.length, Math.max(1, Math.round(share * blocks.length)));
    return toned(severityOf(percent ?? 0), blocks[level - 1] ?? '');
  }
  return toned('quiet', thresholdWithin(bottom, step) === undefined ? ' ' : '┄');
}

function thresholdWithin(bottom: number, step: number): number | undefined {
  return Object.values(thresholds).find(({ percent }) => percent >= bottom && percent < bottom + step)
    ?.percent;
}

function labelOf(bottom: number, step: number): string {
  const isTop = bottom + step >= 99.9;
  const percent = thresholdWithin(bottom, step) ?? (bottom < 0.1 ? 0 : isTop ? 100 : undefined);
  return `${(percent === undefined ? '' : `${percent}%`).padStart(4)} │`;
}

function timeAxis(points: readonly HistoryPoint[], width: number): Line {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return line(toned('quiet', ' '.repeat(axisWidth)));
  const ends = [first, last].map(({ atSeconds }) => clockShown(atSeconds * 1_000));
  const gap = Math.max(1, width - axisWidth - (ends[0]?.length ?? 0) - (ends[1]?.length ?? 0));
  return line(toned('quiet', ' '.repeat(axisWidth) + ends.join(' '.repeat(gap))));
}
