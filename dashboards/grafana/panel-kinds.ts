import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Query } from '#queries';
import * as parts from './panel-parts.ts';

/** A panel's texts; its unit is the query's. */
export type Text = Omit<parts.PanelText, 'unit'>;

/** One number, as it is at the end of the time range. */
export function oneNumber(query: Query, text: Text) {
  return parts
    .withText(new stat.PanelBuilder(), { ...text, unit: query.unit })
    .thresholds(parts.plainSteps())
    .reduceOptions(parts.lastValue())
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .withTarget(parts.atEnd(query));
}

/** Lines over time, one or more for each query. */
export function chart(queries: readonly [Query, ...Query[]], text: Text) {
  const panel = parts
    .withText(new timeseries.PanelBuilder(), { ...text, unit: queries[0].unit })
    .min(0)
    .lineWidth(2)
    .showPoints(common.VisibilityMode.Never)
    .tooltip(parts.tooltipOfAll());
  queries.forEach((query, index) => panel.withTarget(parts.overTime(query, refIdOf(index))));
  return panel;
}

/** A bar for each series, as it is at the end of the time range. */
export function bars(query: Query, text: Text) {
  return parts
    .withText(new bargauge.PanelBuilder(), { ...text, unit: query.unit })
    .min(0)
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Color)
    .namePlacement(common.BarGaugeNamePlacement.Top)
    .reduceOptions(parts.lastValue())
    .withTarget(parts.atEnd(query));
}

/** A column of a table that is put together of several queries. */
export interface JoinedColumn {
  readonly title: string;
  readonly query: Query;
}

/**
 * A row for each value of a label, and a column for each query.
 *
 * @param key the label that the rows are told apart by
 * @param shown the label that is shown for them, of the first query's answer; the same one unless given
 */
export function joinedTable(
  { key, shown = key, title }: { key: string; shown?: string; title: string },
  columns: readonly JoinedColumn[],
  text: Text,
) {
  const panel = parts.withText(new table.PanelBuilder(), { ...text, unit: 'short' }).decimals(1);
  const fields: parts.Fields = [
    [shown, title],
    ...columns.map((column, index) => [`Value #${refIdOf(index)}`, column.title] as const),
  ];
  columns.forEach(({ title: column, query }, index) => {
    panel.withTarget(parts.asTable(query, refIdOf(index)));
    panel.overrideByName(column, [{ id: 'unit', value: query.unit }]);
  });
  return panel
    .withTransformation({ id: 'joinByField', options: { byField: key, mode: 'outer' } })
    .withTransformation(parts.onlyFields(fields))
    .withTransformation(parts.orderedAndNamed(fields));
}

/** A, B, C … as Grafana tells the queries of a panel apart. */
export function refIdOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
