import type { ComponentChildren } from 'preact';
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
  /** Whether the label includes the value: the one under the pointer, or else the last one. */
  readonly isValued?: boolean;
}

/** A dashed horizontal line across the chart. */
interface ChartLimit {
  readonly label: string;
  readonly tone: Tone;
  readonly value: number;
}

/** The data and options of a chart. */
export interface ChartProps {
  /** Shown above the chart. */
  readonly heading: ComponentChildren;
  /** Shown below the chart; the CSS variables `--plot-left` and `--plot-right` hold the margins of the plot. */
  readonly children?: ComponentChildren;
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
  /** The steps to choose from for the vertical axis. Default: 1, 2 and 5 times powers of ten. */
  readonly steps?: readonly number[];
  readonly shown: (value: number) => string;
}

const preferences = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'];

/** A time chart that adapts to its container's width and to the system's colour preferences. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const latest = useRef(props);
  const [pointed, setPointed] = useState<number>();
  const pointedIndex = useRef<number | undefined>(undefined);
  latest.current = props;
  const shape = JSON.stringify(props.lines.map(({ isDashed, isFilled }) => [isDashed, isFilled]));
  useEffect(() => {
    if (place.current === null) return undefined;
    const drawn = new uPlot(
      optionsFor(place.current, { latest, pointedIndex, onPoint: setPointed }),
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
  useEffect(() => {
    pointedIndex.current = pointed;
    chart.current?.redraw(false, false);
  }, [props.limits, props.moments, props.pointedAt, pointed]);
  return (
    <figure class="chart">
      <figcaption>
        {props.heading}
        <span class="readout">{readout(props, pointed)}</span>
      </figcaption>
      <div ref={place} role="img" aria-label={props.description} />
      {props.children}
    </figure>
  );
}

/** The time under the pointer, with the values that have no label of their own. */
function readout({ times, lines, shown }: ChartProps, index: number | undefined): string {
  const time = index === undefined ? undefined : times[index];
  if (index === undefined || time === undefined) return '';
  const values = lines.flatMap(({ isNamed, values: all }) => {
    const value = all[index];
    return isNamed || value === null || value === undefined ? [] : [shown(value)];
  });
  return [clockShown(time * 1_000), ...values].join('   ');
}

const dataOf = ({ times, lines }: ChartProps): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];

const [minute, hour, day] = [60, 3_600, 86_400];
/** Steps of the time axis, in seconds. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 180, 360, 720]
  .map((count) => count * minute)
  .concat(day, 2 * day, 7 * day);

function timeText(seconds: number, step: number): string {
  if (step < 12 * hour) return clockShown(seconds * 1_000).slice(0, 5);
  return new Date(seconds * 1_000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}

interface Latest {
  readonly current: ChartProps;
}

interface Surroundings {
  readonly latest: Latest;
  readonly pointedIndex: { readonly current: number | undefined };
  readonly onPoint: (index: number | undefined) => void;
}

function optionsFor(place: HTMLElement, { latest, pointedIndex, onPoint }: Surroundings): uPlot.Options {
  const styles = getComputedStyle(place);
  const colour: Colour = (tone, use = 'chart') => styles.getPropertyValue(`--${use}-${tone}`);
  const font = `11px ${styles.fontFamily}`;
  const { lines, height, steps } = latest.current;
  const axis: uPlot.Axis = {
    stroke: () => colour('ink'),
    font,
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(100, place.clientWidth),
    height,
    padding: [8, (chart) => namesWidth(chart, latest.current, font), 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      y: { range: (_, __, most) => [0, Math.max((most || 0) * 1.05, latest.current.most ?? 0.001)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        incrs: timeSteps,
        values: (_, splits, __, ___, step) => splits.map((split) => timeText(split, step)),
      },
      {
        ...axis,
        size: axisWidth,
        ...(steps && { incrs: [...steps] }),
        values: (_, splits) => splits.map((split) => latest.current.shown(split)),
      },
    ],
    series: [{}, ...lines.map((_, index) => seriesOf(latest, index, colour))],
    hooks: {
      draw: [
        (chart) => {
          decorate(chart, latest.current, { colour, font, pointedIndex: pointedIndex.current });
          publishMargins(chart, place);
        },
      ],
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

/** The most space for labels at the right: enough for most names, and never more than a third of the chart. */
const mostNamesWidth = 180;

/** The space that the labels at the right need, in CSS pixels. */
function namesWidth(chart: uPlot, { lines, shown }: ChartProps, font: string): number {
  const { ctx } = chart;
  ctx.save();
  ctx.font = font;
  const widths = lines
    .filter(({ isNamed }) => isNamed)
    .map(({ label, isValued, values }) => {
      const most = Math.max(0, ...values.map((value) => value ?? 0));
      return ctx.measureText(isValued ? `${label} ${shown(most)}` : label).width;
    });
  ctx.restore();
  // Half of the last time below the axis.
  if (widths.length === 0) return 18;
  return Math.min(mostNamesWidth, chart.width / 3, Math.max(...widths) + 12);
}

/** As wide as the widest value on the axis. */
const axisWidth: uPlot.Axis.Size = (_, values) =>
  12 + 6.6 * Math.max(2, ...(values ?? []).map((value) => value.length));

function publishMargins({ bbox, width }: uPlot, place: HTMLElement): void {
  const [left, plotWidth] = [bbox.left / devicePixelRatio, bbox.width / devicePixelRatio];
  const { style } = place.parentElement ?? place;
  style.setProperty('--plot-left', `${left}px`);
  style.setProperty('--plot-right', `${width - left - plotWidth}px`);
}

interface Drawing {
  readonly colour: Colour;
  readonly font: string;
  readonly pointedIndex: number | undefined;
}

function decorate(chart: uPlot, props: ChartProps, drawing: Drawing): void {
  const { colour, font } = drawing;
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
  nameEnds(chart, props, drawing);
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
function nameEnds(chart: uPlot, { lines, times, shown }: ChartProps, drawing: Drawing): void {
  const { colour, pointedIndex } = drawing;
  const { ctx, bbox } = chart;
  const spacing = 14 * devicePixelRatio;
  const named = lines.flatMap(({ values, label, tone, isNamed, isValued }) => {
    const last = isNamed ? values.findLast((value) => value !== null) : undefined;
    if (last === undefined || last === null) return [];
    const value = pointedIndex === undefined ? last : values[pointedIndex];
    const valueText = !isValued || value === undefined || value === null ? '' : ` ${shown(value)}`;
    return [{ label, valueText, tone, y: chart.valToPos(last, 'y', true) }];
  });
  if (times.length === 0) return;
  let lowest = -Infinity;
  const room = ctx.canvas.width - bbox.left - bbox.width - 8 * devicePixelRatio;
  ctx.textAlign = 'left';
  for (const { label, valueText, tone, y } of named.toSorted((a, b) => a.y - b.y)) {
    lowest = Math.max(y, lowest + spacing);
    ctx.fillStyle = tone === 'ink' || tone === 'quiet' ? colour('ink') : colour(tone, 'text');
    ctx.fillText(
      cut(ctx, label, room - ctx.measureText(valueText).width) + valueText,
      bbox.left + bbox.width + 6 * devicePixelRatio,
      lowest + 4 * devicePixelRatio,
    );
  }
}

function cut(ctx: CanvasRenderingContext2D, label: string, most: number): string {
  let kept = label;
  while (kept.length > 1 && ctx.measureText(kept).width > most) kept = `${kept.slice(0, -2)}…`;
  return kept;
}
