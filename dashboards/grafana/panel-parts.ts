import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  DashboardLinkBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Query } from '#queries';
import { thresholds } from '#thresholds';

/** The data source that the dashboard's `datasource` variable names. */
export const dataSource: common.DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** The only three colours that mean something. They differ in lightness as well as in hue. */
export const colors = { ok: 'blue', warning: 'yellow', critical: 'red' } as const;

/** The background of a number that asks for nothing. */
export const unmarked = 'transparent';

/** Colours of lines that mean nothing but which is which; people who see few colours tell them apart, too. */
export const lineColors = ['blue', 'orange', 'purple', 'text'] as const;

/** What every panel says about itself. */
export interface PanelText {
  readonly title: string;
  /** Shown on the panel's (i): what one sees, for somebody who has never seen it. */
  readonly description: string;
  /** Shown in place of an answer: why there is none. */
  readonly noData: string;
  readonly unit: string;
}

interface Describable {
  title(title: string): this;
  description(description: string): this;
  noValue(noValue: string): this;
  unit(unit: string): this;
  datasource(dataSourceRef: common.DataSourceRef): this;
}

/** Gives a panel its texts, its unit and the templated data source. */
export function withText<Panel extends Describable>(panel: Panel, text: PanelText): Panel {
  return panel
    .title(text.title)
    .description(text.description)
    .noValue(text.noData)
    .unit(text.unit)
    .datasource(dataSource);
}

/** Asks a query for every step of the dashboard's time range. */
export function overTime(query: Query, refId = 'A'): DataqueryBuilder {
  return target(query, refId).range();
}

/** Asks a query once, at the end of the time range, so that what has ended is not shown as current. */
export function atEnd(query: Query, refId = 'A'): DataqueryBuilder {
  return target(query, refId).instant();
}

/** Asks a query once, as a table with a column per label. */
export function asTable(query: Query, refId: string): DataqueryBuilder {
  return atEnd(query, refId).format(PromQueryFormat.Table);
}

/** Asks a query for every step of the time range, as a table with a row for each moment. */
export function asHistoryTable(query: Query, refId: string): DataqueryBuilder {
  return overTime(query, refId).format(PromQueryFormat.Table);
}

/** The words for a state that a query answers as a number: never by colour alone. */
export function stateWords(ok: string = unmarked): ValueMapping[] {
  return words({
    0: { text: 'OK', color: ok, index: 0 },
    1: { text: 'WARNING', color: colors.warning, index: 1 },
    2: { text: 'CRITICAL', color: colors.critical, index: 2 },
  });
}

/** The words for whether something answers. */
export const upWords = words({
  0: { text: 'DOWN', color: colors.critical, index: 1 },
  1: { text: 'UP', color: unmarked, index: 0 },
});

function words(options: Extract<ValueMapping, { type: MappingType.ValueToText }>['options']): ValueMapping[] {
  return [{ type: MappingType.ValueToText, options }];
}

/** A link to the detail of a session; `idOf` is what Grafana knows the session's id as there. */
export function detailLink(idOf: 'field' | 'row'): DashboardLinkBuilder {
  const id = idOf === 'field' ? '__field.labels.session_id' : '__data.fields.session_id';
  return new DashboardLinkBuilder('What happened in this session').url(
    `/d/ctxd-session-detail?var-session=\${${id}:percentencode}&\${datasource:queryparam}&\${__url_time_range}`,
  );
}

function target(query: Query, refId: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .refId(refId)
    .expr(query.expr)
    .legendFormat(query.legend)
    .datasource(dataSource);
}

/** Colours a share of the context window: ok, warning, critical. */
export function usageSteps(ok: string = colors.ok): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: ok },
    { value: thresholds.warning.percent, color: colors.warning },
    { value: thresholds.critical.percent, color: colors.critical },
  ]);
}

/** One colour, whatever the value. */
export function oneStep(color: string): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color }]);
}

/** Colours an age in seconds: usual, slow, and standing still. */
export function staleSteps(): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: unmarked },
    { value: 15, color: colors.warning },
    { value: 60, color: colors.critical },
  ]);
}

/** Colours a count of sessions as soon as there is one. */
export function anySteps(color: string): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: unmarked },
    { value: 1, color },
  ]);
}

/** Another colour for each series. */
export function colorBySeries(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic);
}

/** The same colour as an override for some of a panel's series. */
export function fixedColor(color: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } };
}

/** Shows the last value of each series. */
export function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);
}

/** Shows all series at the pointer, the highest first. */
export function tooltipOfAll(): common.VizTooltipOptionsBuilder {
  return new common.VizTooltipOptionsBuilder()
    .mode(common.TooltipDisplayMode.Multi)
    .sort(common.SortOrder.Descending);
}

/** Names all series below the chart. The SDK's default is no legend at all. */
export function legendList(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom)
    .calcs([]);
}

/** Lists all series with their last and highest value beside the chart. */
export function legendTable(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.Table)
    .placement(common.LegendPlacement.Right)
    .calcs(['lastNotNull', 'max'])
    .sortBy('Last *')
    .sortDesc(true);
}

/** Leaves out of a model's name what all have in common, where there is little room. */
export const shortModel: DynamicConfigValue = {
  id: 'mappings',
  value: [
    {
      type: MappingType.RegexToText,
      options: { pattern: '^claude-(.+)$', result: { text: '$1', index: 0 } },
    },
  ],
};

/** What an empty cell of a table shows. Without it Grafana puts the whole panel's “no data” text into each. */
export const emptyCell: DynamicConfigValue = { id: 'noValue', value: '–' };

/** The columns of a table in their order: the name of each as its query gives it, and its title. */
export type Fields = readonly (readonly [name: string, title: string])[];

/** Drops what a table's queries bring besides its columns. */
export function onlyFields(fields: Fields) {
  return { id: 'filterFieldsByName', options: { include: { names: fields.map(([name]) => name) } } };
}

/** Puts a table's columns into their order, under their titles. */
export function orderedAndNamed(fields: Fields) {
  const indexByName = Object.fromEntries(fields.map(([name], index) => [name, index]));
  return { id: 'organize', options: { indexByName, renameByName: Object.fromEntries(fields) } };
}
