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
import type { Thresholds } from '#thresholds';

/** The data source that the dashboard's `datasource` variable names. */
export const dataSource: common.DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** The only three colours with a meaning. They differ in lightness as well as in hue. */
export const colors = { ok: 'blue', warning: 'yellow', critical: 'red' } as const;

/** The background of a number that needs no attention. */
export const unmarked = 'transparent';

/** Colours that only distinguish lines, for colour-blind people, too. */
export const lineColors = ['blue', 'purple', 'text', 'green'] as const;

/** The texts of a panel. */
export interface PanelText {
  readonly title: string;
  /** Shown on the panel's (i): what the panel shows, for a newcomer. */
  readonly description: string;
  /** Shown when there is no data: the reason. */
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

/** Evaluates a query at every step of the dashboard's time range. */
export function overTime(query: Query, refId = 'A'): DataqueryBuilder {
  return target(query, refId).range();
}

/** Evaluates a query once, at the end of the time range, so that a session that ended is not shown as current. */
export function atEnd(query: Query, refId = 'A'): DataqueryBuilder {
  return target(query, refId).instant();
}

/** Evaluates a query once. The result is a table with a column for each label. */
export function asTable(query: Query, refId: string): DataqueryBuilder {
  return atEnd(query, refId).format(PromQueryFormat.Table);
}

/** Evaluates a query at every step of the time range. The result is a table with a row for each moment. */
export function asHistoryTable(query: Query, refId: string): DataqueryBuilder {
  return overTime(query, refId).format(PromQueryFormat.Table);
}

/** The words for a state that a query returns as a number, so that colour is never its only sign. */
export function stateWords(ok: string = unmarked): ValueMapping[] {
  return words({
    0: { text: 'OK', color: ok, index: 0 },
    1: { text: 'WARNING', color: colors.warning, index: 1 },
    2: { text: 'CRITICAL', color: colors.critical, index: 2 },
    3: { text: 'ENDED', color: unmarked, index: 3 },
    4: { text: 'NO REPORT', color: unmarked, index: 4 },
  });
}

/** The words for whether a part answers. */
export const upWords = words({
  0: { text: 'DOWN', color: colors.critical, index: 1 },
  1: { text: 'UP', color: unmarked, index: 0 },
});

function words(options: Extract<ValueMapping, { type: MappingType.ValueToText }>['options']): ValueMapping[] {
  return [{ type: MappingType.ValueToText, options }];
}

/** Makes a link to the detail of a session. `idOf` says where Grafana finds the session's id. */
export function detailLink(idOf: 'field' | 'row'): DashboardLinkBuilder {
  return linkTo('What happened in this session', 'ctxd-session-detail', idOf);
}

/** Makes a link to a dashboard about a session, at the same time range. */
export function linkTo(title: string, board: string, idOf: 'field' | 'row'): DashboardLinkBuilder {
  const id = `\${${idOf === 'field' ? '__field.labels' : '__data.fields'}.session_id:percentencode}`;
  return new DashboardLinkBuilder(title).url(
    `/d/${board}?var-session=${id}&var-linked=${id}&\${datasource:queryparam}&\${__url_time_range}`,
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
export function usageSteps(
  { warning, critical }: Thresholds,
  ok: string = colors.ok,
): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: ok },
    { value: warning.percent, color: colors.warning },
    { value: critical.percent, color: colors.critical },
  ]);
}

/** One colour, whatever the value. */
export function oneStep(color: string): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color }]);
}

/** Colours an age in seconds: fresh, late, stale. */
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

/** Gives each series its own shade of blue: Grafana's palettes contain yellow and red, which mean a state here. */
export function colorBySeries(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Shades).fixedColor(colors.ok);
}

/** Gives all series one colour. The xy chart knows no shades. */
export function oneColor(color: string): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color);
}

/** Overrides the colour of some of a panel's series. */
export function fixedColor(color: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } };
}

/** Shows the last value of each series. */
export function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);
}

/** Shows the values of all series at the pointer, the highest first. */
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

/** Removes the common beginning of models' names, to save room. */
export const shortModel: DynamicConfigValue = {
  id: 'mappings',
  value: [
    {
      type: MappingType.RegexToText,
      options: { pattern: '^claude-(.+)$', result: { text: '$1', index: 0 } },
    },
  ],
};

/** For the source of a window's size: `default` means that it is a guess. */
export const assumedSource: DynamicConfigValue = {
  id: 'mappings',
  value: [{ type: MappingType.ValueToText, options: { default: { text: 'nothing: assumed', index: 0 } } }],
};

/** For a column that only says whether the size of the window is a guess. */
export const assumedWindow: DynamicConfigValue = {
  id: 'mappings',
  value: [
    { type: MappingType.ValueToText, options: { default: { text: 'assumed', index: 0 } } },
    { type: MappingType.RegexToText, options: { pattern: '.+', result: { text: 'known', index: 1 } } },
  ],
};

/** For a column that only the links need. The SDK's own `hidden` is for Grafana's tables before version 12. */
export const hidden: DynamicConfigValue = { id: 'custom.hideFrom.viz', value: true };

/** The text of an empty cell of a table. Grafana's default is the panel's “no data” text. */
export const emptyCell: DynamicConfigValue = { id: 'noValue', value: '–' };

/** The columns of a table in order: the name that the query gives each, and its title. */
export type Fields = readonly (readonly [name: string, title: string])[];

/** Drops everything but a table's columns. */
export function onlyFields(fields: Fields) {
  return { id: 'filterFieldsByName', options: { include: { names: fields.map(([name]) => name) } } };
}

/** Orders a table's columns and gives them their titles. */
export function orderedAndNamed(fields: Fields) {
  const indexByName = Object.fromEntries(fields.map(([name], index) => [name, index]));
  return { id: 'organize', options: { indexByName, renameByName: Object.fromEntries(fields) } };
}
