import * as common from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { sessionTableQueries, type Query } from '#queries';
import { aTable, refIdOf } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

interface Column {
  readonly title: string;
  /** In pixels; all together fit into 1280. Without one it takes what the others leave. */
  readonly width?: number;
  /** The query that fills it; a label of another one's answer where there is none. */
  readonly query?: Query;
  readonly label?: string;
  readonly look?: readonly DynamicConfigValue[];
}

const q = sessionTableQueries;
const colored: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: { type: 'color-background', mode: 'basic' },
};
const whole: DynamicConfigValue = { id: 'decimals', value: 0 };
/** There only for the links. The SDK's own `hidden` is what Grafana's tables knew before 12. */
const hidden: DynamicConfigValue = { id: 'custom.hideFrom.viz', value: true };

const columns: readonly Column[] = [
  { title: 'Session', label: 'session', look: [linked(), { id: 'custom.minWidth', value: 150 }] },
  {
    title: 'State',
    width: 84,
    query: q.rowState,
    look: [{ id: 'mappings', value: parts.stateWords() }, colored],
  },
  { title: 'Usage', width: 62, query: q.rowUsage },
  { title: 'Tokens', width: 68, query: q.rowTokens },
  { title: 'Window', width: 68, query: q.rowWindow, look: [whole] },
  { title: 'Trend', width: 76, query: q.rowTrend, look: [sparkline()] },
  { title: 'To compaction', width: 88, query: q.rowToCompaction },
  { title: 'Full in', width: 82, query: q.rowToFull },
  { title: 'Checkpoints', width: 92, query: q.rowCheckpoints, look: [whole] },
  { title: 'Saved', width: 68, query: q.rowSaved },
  { title: 'Running for', width: 82, query: q.rowDuration },
  { title: 'Last activity', width: 140, query: q.rowLastActivity },
  { title: 'Project', width: 76, label: 'project' },
  { title: 'Model', width: 92, label: 'model', look: [parts.shortModel] },
  { title: 'Id', label: 'session_id', look: [hidden] },
];

const asked = columns.filter((column): column is Column & { query: Query } => column.query !== undefined);
const refIds = new Map(
  [q.rowInfo, ...asked.map(({ query }) => query)].map((query, index) => [query, refIdOf(index)]),
);
const fields = columns.map((column) => [fieldOf(column), column.title] as const);

/** All live sessions, the fullest first, each a link to what happened in it. */
export function sessionTable() {
  const panel = aTable({
    title: 'Live sessions',
    description:
      'Every live session, the fullest first; of very many, the 100 fullest. A click on a name shows what happened in it. “To compaction” is what is left until Claude Code compacts by itself, “Full in” the time until the window is full at the pace of the last 5 minutes.',
    noData:
      'No session is live: none reported its usage in the last 30 seconds. Start one, or see Pipeline health.',
  })
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
    .withTransformation(onlyWith(q.rowUsage))
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
  const widths = width === undefined ? [] : [{ id: 'custom.width', value: width }];
  return [...widths, ...unit, ...look];
}

/** Drops the row of a session that has a past only: it ended some seconds ago. */
function onlyWith(query: Query) {
  const filters = [{ fieldName: `Value #${letterOf(query)}`, config: { id: 'isNull', options: {} } }];
  return { id: 'filterByValue', options: { filters, match: 'any', type: 'exclude' } };
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
