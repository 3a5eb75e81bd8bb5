import * as common from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { QueriesAt, Query } from '#queries';
import { aTable, refIdOf } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

interface Column {
  readonly title: string;
  /** In pixels; all columns together fit into 1280. Default: the remaining space. */
  readonly width?: number;
  /** The query of the column. A column without one shows a label of the other queries. */
  readonly query?: Query;
  readonly label?: string;
  readonly look?: readonly DynamicConfigValue[];
}

type Queries = QueriesAt['sessionTable'];

const colored: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: { type: 'color-background', mode: 'basic' },
};
const whole: DynamicConfigValue = { id: 'decimals', value: 0 };
/** For a column that only the links need. The SDK's own `hidden` is for Grafana's tables before version 12. */
const hidden: DynamicConfigValue = { id: 'custom.hideFrom.viz', value: true };

const columnsOf = (q: Queries): readonly Column[] => [
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

/** All live sessions, the fullest first. Each links to its detail. */
export function sessionTable({ sessionTable: q }: QueriesAt) {
  const columns = columnsOf(q);
  const queries = columns.flatMap(({ query }) => query ?? []);
  const refIds = new Map([q.rowInfo, ...queries].map((query, index) => [query, refIdOf(index)]));
  const refId = (query: Query) => refIds.get(query) ?? '';
  const fieldOf = ({ query, label = '' }: Column) => {
    if (query === undefined) return label;
    return `${query === q.rowTrend ? 'Trend' : 'Value'} #${refId(query)}`;
  };
  const fields = columns.map((column) => [fieldOf(column), column.title] as const);
  const panel = emptyTable().withTarget(parts.asTable(q.rowInfo, refId(q.rowInfo)));
  for (const query of queries) {
    const target = query === q.rowTrend ? parts.overTime : parts.asTable;
    panel.withTarget(target(query, refId(query)));
  }
  for (const column of columns) panel.overrideByName(column.title, lookOf(column));
  return panel
    .withTransformation({
      id: 'timeSeriesTable',
      options: { [refId(q.rowTrend)]: { stat: 'lastNotNull' } },
    })
    .withTransformation({ id: 'joinByField', options: { byField: 'session_id', mode: 'outer' } })
    .withTransformation(onlyWith(refId(q.rowUsage)))
    .withTransformation(parts.onlyFields(fields))
    .withTransformation(parts.orderedAndNamed(fields))
    .sortBy([new common.TableSortByFieldStateBuilder().displayName('Usage').desc(true)]);
}

function emptyTable() {
  return aTable({
    title: 'Live sessions',
    description:
      'Every live session, the fullest first; if there are very many, the 100 fullest. Click a name to see what happened in the session. “To compaction” is what is left until Claude Code compacts automatically, “Full in” the time until the window is full at the pace of the last 5 minutes.',
    noData:
      'No session is live: none reported its usage in the last 30 seconds. Start one, or see Pipeline health.',
  }).maxDataPoints(60);
}

function lookOf({ query, width, look = [] }: Column): DynamicConfigValue[] {
  const unit = query === undefined ? [] : [{ id: 'unit', value: query.unit }];
  const widths = width === undefined ? [] : [{ id: 'custom.width', value: width }];
  return [...widths, ...unit, ...look];
}

/** Drops the rows of sessions without a current value: they ended seconds ago and only have a past. */
function onlyWith(refId: string) {
  const filters = [{ fieldName: `Value #${refId}`, config: { id: 'isNull', options: {} } }];
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
