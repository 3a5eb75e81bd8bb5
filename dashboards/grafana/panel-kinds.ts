import * as common from '@grafana/grafana-foundation-sdk/common';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Query } from '#queries';
import * as parts from './panel-parts.ts';

/** A panel's texts. Its unit is the query's. */
export type Text = Omit<parts.PanelText, 'unit'>;

/**
 * Makes a panel with one number: the value at the end of the time range. The colour is in the background, because a yellow
 * number is hard to read on the light theme.
 */
export function oneNumber(query: Query, text: Text) {
  return parts
    .withText(new stat.PanelBuilder(), { ...text, unit: query.unit })
    .thresholds(parts.oneStep(parts.unmarked))
    .reduceOptions(parts.lastValue())
    .graphMode(common.BigValueGraphMode.None)
    .text(new common.VizTextDisplayOptionsBuilder().titleSize(14).valueSize(32))
    .colorMode(common.BigValueColorMode.Background)
    .withTarget(parts.atEnd(query));
}

/** Optional settings of a chart. */
export interface ChartOptions {
  /** Colours of several queries, in their order. */
  readonly colors?: readonly string[];
  /** Shortest time from one point to the next, such as `15s`. */
  readonly minStep?: string;
}

/** Makes a chart over time. A single query may have several lines; several queries have one line each. */
export function chart(
  queries: readonly [Query, ...Query[]],
  text: Text,
  { colors = parts.lineColors, minStep }: ChartOptions = {},
) {
  const panel = parts
    .withText(new timeseries.PanelBuilder(), { ...text, unit: queries[0].unit })
    .min(0)
    .lineWidth(2)
    .showPoints(common.VisibilityMode.Never)
    .colorScheme(parts.colorBySeries())
    .legend(parts.legendList())
    .tooltip(parts.tooltipOfAll());
  queries.forEach((query, index) => {
    const target = parts.overTime(query, refIdOf(index));
    panel.withTarget(minStep === undefined ? target : target.interval(minStep));
    const color = colors[index];
    if (queries.length > 1 && color) panel.overrideByQuery(refIdOf(index), [parts.fixedColor(color)]);
  });
  return panel;
}

/**
 * Makes a table without columns. A column of numbers needs its own unit: the default is text as it is, because any other unit
 * formats text that looks like a number, so that the session `795e8229` becomes `∞`.
 */
export function aTable(text: Text) {
  return parts
    .withText(new table.PanelBuilder(), { ...text, unit: 'string' })
    .decimals(1)
    .cellHeight(common.TableCellHeight.Sm)
    .overrideByRegexp('.*', [parts.emptyCell, { id: 'custom.wrapHeaderText', value: true }]);
}

/** A column of a table that joins several queries. */
export interface JoinedColumn {
  readonly title: string;
  readonly query: Query;
  /** Default 1. */
  readonly decimals?: number;
  /** In pixels. Default: an equal share of the space. */
  readonly width?: number;
}

/**
 * Makes a table with a row for each value of a label, and a column for each query.
 *
 * @param key - the label that identifies a row
 * @param shown - the label of the first query's result that the row shows; default: `key`
 * @param width - width of that label's column, in pixels; the least, if the other columns have widths
 */
export function joinedTable(
  { key, shown = key, title, width }: { key: string; shown?: string; title: string; width: number },
  columns: readonly JoinedColumn[],
  text: Text,
) {
  const panel = aTable(text)
    .minWidth(88)
    .overrideByName(title, [
      { id: columns.some((column) => column.width) ? 'custom.minWidth' : 'custom.width', value: width },
    ]);
  const fields: parts.Fields = [
    [shown, title],
    ...columns.map((column, index) => [`Value #${refIdOf(index)}`, column.title] as const),
  ];
  columns.forEach(({ title: column, query, decimals = 1, width: fixed }, index) => {
    panel.withTarget(parts.asTable(query, refIdOf(index)));
    panel.overrideByName(column, [
      { id: 'unit', value: query.unit },
      { id: 'decimals', value: decimals },
      ...(fixed === undefined ? [] : [{ id: 'custom.width', value: fixed }]),
    ]);
  });
  return panel
    .withTransformation({ id: 'joinByField', options: { byField: key, mode: 'outer' } })
    .withTransformation(parts.onlyFields(fields))
    .withTransformation(parts.orderedAndNamed(fields));
}

/** Grafana's ids for a panel's queries: A, B, C … */
export function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
