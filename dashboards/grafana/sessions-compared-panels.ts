import * as common from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import * as xychart from '@grafana/grafana-foundation-sdk/xychart';
import { comparisonQueries as q, groupQueries, numberedSessions, type QueriesAt } from '#queries';
import type { Thresholds } from '#thresholds';
import { chart, joinedTable } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

const notChosen =
  'No sample of the chosen sessions in this time range: choose other sessions above, or a longer range.';
const noSession = 'No session in this time range: choose a longer one, or see Pipeline health.';

/** The usage of the sessions at the same time. */
export function usageTimeSeries(thresholds: Thresholds) {
  const { warning, critical } = thresholds;
  const panel = chart([q.comparedUsage], {
    title: 'Usage by the clock',
    description: `Share of its context window that each chosen session used at each moment. The dashed lines are at ${warning.percent} % (warning) and ${critical.percent} % (critical).`,
    noData: notChosen,
  })
    .axisSoftMax(100)
    .thresholds(parts.usageSteps(thresholds))
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    )
    .dataLinks([parts.detailLink('field')]);
  return withOwnColors(panel);
}

/** Gives each of the first sessions its own colour. Their numbers tell them apart without colour, too. */
function withOwnColors<Panel extends Overridable>(panel: Panel): Panel {
  // A chart names a line `1 shop`; a field of the xy chart is called `Value #B 1 shop`.
  parts.lineColors
    .slice(0, numberedSessions)
    .forEach((color, index) =>
      panel.overrideByRegexp(`/^(Value #B )?${index + 1} /`, [parts.fixedColor(color)]),
    );
  return panel;
}

interface Overridable {
  overrideByRegexp: (pattern: string, look: DynamicConfigValue[]) => unknown;
}

/** The usage of the sessions at the same age. */
export function alignedUsageChart() {
  // Grafana's names for the queries' values. A name from a transformation would become the name of every line.
  const [age, usage] = ['Value #A', 'Value #B'];
  const panel = parts
    .withText(new xychart.PanelBuilder(), {
      title: 'Usage since the start of each',
      description:
        'The same, with all sessions aligned at their start: the horizontal axis is the time since a session’s first report.',
      noData: notChosen,
      unit: q.comparedUsage.unit,
    })
    .show(xychart.XYShowMode.Lines)
    .lineWidth(2)
    .mapping(xychart.SeriesMapping.Auto)
    .series([
      new xychart.XYSeriesConfigBuilder()
        .x({ matcher: { id: 'byName', options: age } })
        .y({ matcher: { id: 'byName', options: usage } }),
    ])
    .colorScheme(parts.oneColor(parts.colors.ok))
    .legend(parts.legendList())
    .tooltip(parts.tooltipOfAll())
    .withTarget(parts.asHistoryTable(q.comparedAge, 'A'))
    .withTarget(parts.asHistoryTable(q.comparedUsage, 'B'))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'partitionByValues',
      options: { fields: ['session'], keepFields: false, naming: { asLabels: true } },
    })
    .overrideByName(age, [
      { id: 'displayName', value: 'Time since its start' },
      { id: 'unit', value: q.comparedAge.unit },
    ])
    .overrideByName(usage, [{ id: 'displayName', value: '${__field.labels.session}' }]);
  return withOwnColors(panel);
}

/** The totals of each session, side by side. */
export function totalsTable({ warning, critical }: Thresholds) {
  return joinedTable(
    { key: 'session_id', shown: 'session', title: 'Session', width: 200 },
    [
      { title: 'Peak usage', query: q.comparedPeak },
      { title: 'Peak tokens', query: q.comparedPeakTokens },
      { title: `Reached ${warning.percent} %`, query: q.comparedWarning, decimals: 0 },
      { title: `Reached ${critical.percent} %`, query: q.comparedCritical, decimals: 0 },
      { title: 'Checkpoints', query: q.comparedCheckpoints, decimals: 0 },
      { title: 'Saved', query: q.comparedSaved },
      { title: 'Per checkpoint', query: q.comparedEffectiveness },
      { title: 'Running for', query: q.comparedDuration },
      { title: 'Cost', query: q.comparedCost, decimals: 2 },
    ],
    {
      title: 'Totals',
      description:
        'The totals of each chosen session in the time range. Duration and cost are those of the whole session until its end.',
      noData: notChosen,
    },
  );
}

/** How often the thresholds are reached. */
export function crossingsTimeSeries({ thresholds: { warning, critical }, named }: QueriesAt) {
  const { criticalCrossingsPerBar, warningCrossingsPerBar } = named;
  const text = {
    title: 'Threshold crossings',
    description: `How often a session reached ${warning.percent} % and ${critical.percent} % of its context window since the previous bar. A session counts once until its next checkpoint.`,
    noData: 'No bar yet: no session was live at the end of one in this time range.',
  };
  const colors = [parts.colors.critical, parts.colors.warning];
  return chart([criticalCrossingsPerBar, warningCrossingsPerBar], text, { colors })
    .decimals(0)
    .interval('5m')
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(60)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
}

/** All sessions by project. */
export function projectTable() {
  return groupTable('project', 'Project', groupQueries.byProject);
}

/** All sessions by model. */
export function modelTable() {
  return groupTable('model', 'Model', groupQueries.byModel).overrideByName('Model', [parts.shortModel]);
}

function groupTable(
  key: 'project' | 'model',
  title: string,
  queries: (typeof groupQueries)[keyof typeof groupQueries],
) {
  return joinedTable(
    { key, title, width: 120 },
    [
      { title: 'Sessions', query: queries.sessions, decimals: 0, width: 78 },
      { title: 'Average peak', query: queries.peak, width: 100 },
      { title: 'Checkpoints', query: queries.checkpoints, decimals: 0, width: 106 },
      { title: 'Saved per checkpoint', query: queries.savedPerCheckpoint, width: 106 },
      { title: 'Cost', query: queries.cost, decimals: 2, width: 84 },
    ],
    {
      title: `By ${key}`,
      description: `All sessions of the time range, grouped by ${key}. Sessions without a reported ${key} are “unknown”.`,
      noData: noSession,
    },
  );
}
