import * as common from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { QueriesAt, Query } from '#queries';
import type { Thresholds } from '#thresholds';
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
const bar: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: { type: common.TableCellDisplayMode.Gauge, mode: 'basic', valueDisplayMode: 'text' },
};

const columnsOf = (q: Queries, thresholds: Thresholds): readonly Column[] => [
  { title: 'Session', label: 'session', look: [linked(), { id: 'custom.minWidth', value: 110 }] },
  {
    title: 'Usage',
    width: 124,
    query: q.rowUsage,
    look: [
      bar,
      whole,
      { id: 'min', value: 0 },
      { id: 'max', value: 100 },
      { id: 'thresholds', value: parts.usageSteps(thresholds).build() },
    ],
  },
  {
    title: 'State',
    width: 92,
    query: q.rowState,
    look: [{ id: 'mappings', value: parts.stateWords() }, colored],
  },
  { title: 'Full in', width: 72, query: q.rowToFull, look: [whole] },
  { title: 'Left', width: 62, query: q.rowToCompaction, look: [whole] },
  { title: 'Trend', width: 62, query: q.rowTrend, look: [sparkline()] },
  { title: 'Saves', width: 62, query: q.rowCheckpoints, look: [whole] },
  { title: 'Window', width: 72, label: 'window_source', look: [parts.assumedWindow] },
  { title: 'Project', width: 88, label: 'project' },
  { title: 'Id', label: 'session_id', look: [parts.hidden] },
];

/** All live sessions, the fullest first. Each links to its detail. */
export function sessionTable({ sessionTable: q, thresholds }: QueriesAt) {
  const columns = columnsOf(q, thresholds);
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
      'Every live session, the fullest first; if there are very many, the 100 fullest. Click a name to see what happened in the session. “Left” is the number of tokens until Claude Code compacts automatically, “Full in” the time until the window is full at the pace of the last 5 minutes, “Saves” the number of checkpoints. Where “Window” says “assumed”, its size is a guess, and so is the usage.',
    noData:
      'No session is live. Run npm run connect and start Claude Code, or npm run demo for an example. Pipeline health says whether reports arrive.',
  }).maxDataPoints(40);
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
