import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clockShown } from '../../text/quantity.ts';

/** The colour of a line; only states are coloured. */
type Tone = 'ok' | 'warning' | 'critical' | 'ink' | 'quiet';

/** A line in a chart. */
interface ChartLine {
  readonly label: string;
  readonly tone: Tone;
  readonly values: readonly (number | null)[];
  readonly isDashed?: boolean;
  readonly isFilled?: boolean;
  /** Whether its label is shown at its right end. */
  readonly isNamed?: boolean;
}

/** A dashed horizontal line across the chart. */
interface ChartLimit {
  readonly label: string;
  readonly tone: Tone;
  readonly value: number;
}

/** The data and options of a chart. */
export interface ChartProps {
  /** A description for screen readers. */
  readonly description: string;
  /** Unix seconds, oldest first. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly limits?: readonly ChartLimit[];
  /** Times to mark, such as checkpoints, in Unix seconds. */
  readonly moments?: readonly number[];
  /** A time to highlight, in Unix seconds. */
  readonly pointedAt?: number | undefined;
  readonly height: number;
  /** The scale reaches at least up to this value. */
  readonly most?: number;
  readonly shown: (value: number) => string;
}

const preferences = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'];

/** A time chart that adapts to its container's width and to the system's colour preferences. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const latest = useRef(props);
  const [pointed, setPointed] = useState<number>();
  latest.current = props;
  const shape = JSON.stringify(props.lines.map(({ isDashed, isFilled }) => [isDashed, isFilled]));
  useEffect(() => {
    if (place.current === null) return undefined;
    const drawn = new uPlot(
      optionsFor(place.current, latest, setPointed),
      dataOf(latest.current),
      place.current,
    );
    chart.current = drawn;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined)
        drawn.setSize({ width: entry.contentRect.width, height: latest.current.height });
    });
    observer.observe(place.current);
    const queries = preferences.map((query) => matchMedia(query));
    const redraw = () => drawn.redraw(false, true);
    for (const query of queries) query.addEventListener('change', redraw);
    return () => {
      observer.disconnect();
      for (const query of queries) query.removeEventListener('change', redraw);
      drawn.destroy();
      chart.current = null;
    };
  }, [shape, props.height]);
  useEffect(() => chart.current?.setData(dataOf(latest.current)), [props.times, props.lines, props.most]);
  useEffect(() => chart.current?.redraw(false, false), [props.limits, props.moments, props.pointedAt]);
  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={props.description} />
      <figcaption>{readout(props, pointed)}</figcaption>
    </figure>
  );
}

function readout({ times, lines, shown }: ChartProps, index: number | undefined): string {
  const time = index === undefined ? undefined : times[index];
  if (index === undefined || time === undefined) return '\u00A0';
  const values = lines.flatMap(({ label, values: all }) => {
    const value = all[index];
    return value === null || value === undefined ? [] : [`${label} ${shown(value)}`];
  });
  return `${clockShown(time * 1_000)}   ${values.join('   ')}`;
}

const dataOf = ({ times, lines }: ChartProps): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];

interface Latest {
  readonly current: ChartProps;
}

function optionsFor(
  place: HTMLElement,
  latest: Latest,
  onPoint: (index: number | undefined) => void,
): uPlot.Options {
  const styles = getComputedStyle(place);
  const colour: Colour = (tone, use = 'chart') => styles.getPropertyValue(`--${use}-${tone}`);
  const font = `11px ${styles.fontFamily}`;
  const { lines, height } = latest.current;
  const axis: uPlot.Axis = {
    stroke: () => colour('ink'),
    font,
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(100, place.clientWidth),
    height,
    padding: [12, lines.some(({ isNamed }) => isNamed) ? 120 : 12, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      y: { range: (_, __, most) => [0, Math.max((most || 0) * 1.05, latest.current.most ?? 0.001)] },
    },
    axes: [
      {
        ...axis,
        size: 30,
        values: (_, splits) => splits.map((split) => clockShown(split * 1_000).slice(0, 5)),
      },
      { ...axis, size: 56, values: (_, splits) => splits.map((split) => latest.current.shown(split)) },
    ],
    series: [{}, ...lines.map((_, index) => seriesOf(latest, index, colour))],
    hooks: {
      draw: [(chart) => decorate(chart, latest.current, colour, font)],
      setCursor: [({ cursor: { idx } }) => onPoint(idx ?? undefined)],
    },
  };
}

/** Returns the colour for a line or for text; text needs more contrast. */
type Colour = (tone: Tone | 'grid', use?: 'chart' | 'text') => string;

function seriesOf(latest: Latest, index: number, colour: Colour): uPlot.Series {
  const line = () => latest.current.lines[index];
  return {
    stroke: () => colour(line()?.tone ?? 'ink'),
    width: line()?.isDashed ? 1 : 2,
    ...(line()?.isDashed && { dash: [4, 4] }),
    ...(line()?.isFilled && {
      fill: () => `color-mix(in srgb, ${colour(line()?.tone ?? 'ink')} 12%, transparent)`,
    }),
    points: { show: false },
    spanGaps: false,
  };
}

function decorate(chart: uPlot, props: ChartProps, colour: Colour, font: string): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = font.replace('11px', `${11 * ratio}px`);
  ctx.lineWidth = ratio;
  for (const { value, tone, label } of props.limits ?? []) {
    const y = Math.round(chart.valToPos(value, 'y', true));
    if (y < bbox.top) continue;
    ctx.strokeStyle = colour(tone);
    ctx.setLineDash([2 * ratio, 4 * ratio]);
    line(ctx, [bbox.left, y], [bbox.left + bbox.width, y]);
    ctx.fillStyle = colour('ink');
    ctx.textAlign = 'left';
    ctx.fillText(label, bbox.left + 4 * ratio, y - 4 * ratio);
  }
  for (const moment of props.moments ?? []) mark(chart, moment, colour('ink'));
  if (props.pointedAt !== undefined) {
    const x = chart.valToPos(props.pointedAt, 'x', true);
    ctx.strokeStyle = colour('ink');
    ctx.setLineDash([]);
    line(ctx, [x, bbox.top], [x, bbox.top + bbox.height]);
  }
  nameEnds(chart, props, colour);
  ctx.restore();
}

type Point = readonly [x: number, y: number];

function line(ctx: CanvasRenderingContext2D, from: Point, to: Point): void {
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

/** Draws a triangle at the lower edge with a thin vertical line above it. */
function mark(chart: uPlot, moment: number, colour: string): void {
  const { ctx, bbox } = chart;
  const x = Math.round(chart.valToPos(moment, 'x', true));
  const bottom = bbox.top + bbox.height;
  const size = 5 * devicePixelRatio;
  ctx.fillStyle = colour;
  ctx.strokeStyle = colour;
  ctx.setLineDash([devicePixelRatio, 3 * devicePixelRatio]);
  line(ctx, [x, bbox.top], [x, bottom]);
  ctx.beginPath();
  ctx.moveTo(x - size, bottom);
  ctx.lineTo(x + size, bottom);
  ctx.lineTo(x, bottom - 1.6 * size);
  ctx.fill();
}

/** Draws the labels at the right ends of the lines, spaced so that they do not overlap. */
function nameEnds(chart: uPlot, { lines, times }: ChartProps, colour: Colour): void {
  const { ctx, bbox } = chart;
  const spacing = 14 * devicePixelRatio;
  const named = lines.flatMap(({ values, label, tone, isNamed }) => {
    const last = isNamed ? values.findLast((value) => value !== null) : undefined;
    return last === undefined || last === null ? [] : [{ label, tone, y: chart.valToPos(last, 'y', true) }];
  });
  if (times.length === 0) return;
  let lowest = -Infinity;
  ctx.textAlign = 'left';
  for (const { label, tone, y } of named.toSorted((a, b) => a.y - b.y)) {
    lowest = Math.max(y, lowest + spacing);
    ctx.fillStyle = tone === 'ink' || tone === 'quiet' ? colour('ink') : colour(tone, 'text');
    ctx.fillText(
      cut(ctx, label),
      bbox.left + bbox.width + 6 * devicePixelRatio,
      lowest + 4 * devicePixelRatio,
    );
  }
}

function cut(ctx: CanvasRenderingContext2D, label: string): string {
  const most = 110 * devicePixelRatio;
  let kept = label;
  while (kept.length > 1 && ctx.measureText(kept).width > most) kept = `${kept.slice(0, -2)}…`;
  return kept;
}
