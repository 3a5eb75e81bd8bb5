import * as common from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import * as table from '@grafana/grafana-foundation-sdk/table';
import { sessionTableQueries, type Query } from '#queries';
import * as parts from './panel-parts.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  /** The query that fills it; a label of another one's answer where there is none. */
  readonly query?: Query;
  readonly label?: string;
  readonly look?: readonly DynamicConfigValue[];
}

const q = sessionTableQueries;
const colored: DynamicConfigValue = { id: 'custom.cellOptions', value: { type: 'color-text' } };
const whole: DynamicConfigValue = { id: 'decimals', value: 0 };

const columns: readonly Column[] = [
  { title: 'Session', width: 160, label: 'session', look: [linked()] },
  {
    title: 'State',
    width: 86,
    query: q.rowState,
    look: [{ id: 'mappings', value: parts.stateWords }, colored],
  },
  { title: 'Usage', width: 72, query: q.rowUsage, look: [{ id: 'decimals', value: 1 }] },
  { title: 'Tokens', width: 76, query: q.rowTokens },
  { title: 'Window', width: 74, query: q.rowWindow },
  { title: 'Trend', width: 110, query: q.rowTrend, look: [sparkline()] },
  { title: 'To compaction', width: 112, query: q.rowToCompaction },
  { title: 'Full in', width: 84, query: q.rowToFull },
  { title: 'Checkpoints', width: 98, query: q.rowCheckpoints, look: [whole] },
  { title: 'Saved', width: 72, query: q.rowSaved },
  { title: 'Running for', width: 96, query: q.rowDuration },
  { title: 'Last activity', width: 124, query: q.rowLastActivity },
  { title: 'Project', width: 110, label: 'project' },
  { title: 'Model', width: 130, label: 'model' },
  { title: 'Id', width: 60, label: 'session_id', look: [{ id: 'custom.hidden', value: true }] },
];

const asked = columns.filter((column): column is Column & { query: Query } => column.query !== undefined);
const refIds = new Map(
  [q.rowInfo, ...asked.map(({ query }) => query)].map((query, index) => [query, letter(index)]),
);
const fields = columns.map((column) => [fieldOf(column), column.title] as const);

/** All live sessions, the fullest first, each a link to what happened in it. */
export function sessionTable() {
  const panel = parts
    .withText(new table.PanelBuilder(), {
      title: 'Live sessions',
      description:
        'Every live session, the fullest first; of very many, the 200 fullest. A click on a name shows what happened in it. “To compaction” is what is left until Claude Code compacts by itself, “Full in” the time until the window is full at the pace of the last 5 minutes.',
      noData:
        'No session is live: none reported its usage in the last 30 seconds. Start one, or see Pipeline health.',
      unit: 'short',
    })
    .decimals(1)
    .cellHeight(common.TableCellHeight.Sm)
    .maxDataPoints(60)
    .withTarget(parts.asTable(q.rowInfo, refIds.get(q.rowInfo) ?? ''));
  for (const { query } of asked) panel.withTarget(targetOf(query));
  for (const column of columns) panel.overrideByName(column.title, lookOf(column));
  return panel
    .withTransformation({
      id: 'timeSeriesTable',
      options: { [letterOf(q.rowTrend)]: { stat: 'lastNotNull' } },
    })
    .withTransformation({ id: 'joinByField', options: { byField: 'session_id', mode: 'outer' } })
    .withTransformation(parts.onlyFields(fields))
    .withTransformation(parts.orderedAndNamed(fields))
    .sortBy([new common.TableSortByFieldStateBuilder().displayName('Usage').desc(true)]);
}

function targetOf(query: Query) {
  return query === q.rowTrend
    ? parts.overTime(query, letterOf(query))
    : parts.asTable(query, letterOf(query));
}

function fieldOf({ query, label = '' }: Column): string {
  if (query === undefined) return label;
  return query === q.rowTrend ? `Trend #${letterOf(query)}` : `Value #${letterOf(query)}`;
}

function lookOf({ query, width, look = [] }: Column): DynamicConfigValue[] {
  const unit = query === undefined ? [] : [{ id: 'unit', value: query.unit }];
  return [{ id: 'custom.width', value: width }, ...unit, ...look];
}

function linked(): DynamicConfigValue {
  return { id: 'links', value: [parts.detailLink('row').build()] };
}

function sparkline(): DynamicConfigValue {
  return {
    id: 'custom.cellOptions',
    value: { type: common.TableCellDisplayMode.Sparkline, hideValue: true, lineWidth: 1, fillOpacity: 10 },
  };
}

function letterOf(query: Query): string {
  return refIds.get(query) ?? '';
}

function letter(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
