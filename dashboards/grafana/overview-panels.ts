import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { httpQueries, overviewQueries, type Query } from '#queries';
import { thresholds } from '#thresholds';
import * as parts from './panel-parts.ts';

const { warning, critical } = thresholds;
const noLiveSession = 'No live session';
const noRequests = 'No HTTP request was answered in the last 5 minutes, or no instrumented server reports.';

/** How many sessions need a checkpoint at once. */
export function criticalSessionsStat() {
  return oneNumber(overviewQueries.sessionsAtCriticalNow, {
    title: `Critical: ${critical.percent} % or more`,
    description: `Live sessions whose context window is at least ${critical.percent} % full. Save a checkpoint in them now, before Claude Code compacts by itself.`,
    noData: noLiveSession,
  }).thresholds(parts.anySteps(parts.colors.critical));
}

/** How many sessions need a checkpoint soon. */
export function warningSessionsStat() {
  return oneNumber(overviewQueries.sessionsAtWarningNow, {
    title: `Warning: ${warning.percent} % or more`,
    description: `Live sessions whose context window is at least ${warning.percent} % full, the critical ones included. Plan a checkpoint in them.`,
    noData: noLiveSession,
  }).thresholds(parts.anySteps(parts.colors.warning));
}

/** How many sessions there are. */
export function activeSessionsStat() {
  return oneNumber(overviewQueries.activeSessionsNow, {
    title: 'Active sessions',
    description:
      'Claude Code sessions that the instrumented servers track now. A session ends when it says so, or after an hour without a request.',
    noData: 'No server reports',
  });
}

/** How full the sessions are on average. */
export function averageUsageStat() {
  return oneNumber(overviewQueries.averageUsageNow, {
    title: 'Average usage',
    description: 'Share of its context window that a live session uses on average.',
    noData: noLiveSession,
  })
    .decimals(1)
    .thresholds(parts.usageSteps());
}

/** How much room all sessions have together. */
export function tokensOfWindowStat() {
  return oneNumber(overviewQueries.totalTokensNow, {
    title: 'Tokens, all sessions together',
    description:
      'Tokens in the context windows of all live sessions, and the size of these windows together.',
    noData: noLiveSession,
  })
    .withTarget(parts.atEnd(overviewQueries.totalWindowNow, 'B'))
    .decimals(1);
}

function oneNumber(query: Query, text: Omit<parts.PanelText, 'unit'>) {
  return parts
    .withText(new stat.PanelBuilder(), { ...text, unit: query.unit })
    .thresholds(parts.plainSteps())
    .reduceOptions(parts.lastValue())
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .withTarget(parts.atEnd(query));
}

/** The five sessions to look at first. */
export function topSessionsBarGauge() {
  const query = overviewQueries.topSessionsNow;
  return parts
    .withText(new bargauge.PanelBuilder(), {
      title: 'Top sessions',
      description: `The five live sessions that use the largest share of their context window. Yellow from ${warning.percent} %, red from ${critical.percent} %.`,
      noData: 'No session is live: none reported its usage in the last 30 seconds.',
      unit: query.unit,
    })
    .min(0)
    .max(100)
    .decimals(1)
    .thresholds(parts.usageSteps())
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Color)
    .namePlacement(common.BarGaugeNamePlacement.Top)
    .showUnfilled(true)
    .reduceOptions(parts.lastValue())
    .withTarget(parts.atEnd(query));
}

/** How the fullest sessions got there. */
export function usageTimeSeries() {
  const query = overviewQueries.usageOverTime;
  return overTime(query, {
    title: 'Context usage',
    description: `Share of its context window that each session used: the ten that were fullest in the last 5 minutes of the time range. A line that falls is a checkpoint or a compaction. The bands begin at ${warning.percent} % (warning) and ${critical.percent} % (critical); a line has the colour of the band that it is in now.`,
    noData: 'No session reported its usage in the last 5 minutes of this time range.',
  })
    .axisSoftMax(100)
    .decimals(1)
    .thresholds(parts.usageSteps())
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.LineAndArea),
    )
    .colorScheme(parts.colorByLastValue())
    .legend(parts.legendTable())
    .withTarget(parts.overTime(query));
}

/** How often the thresholds are reached. */
export function crossingsTimeSeries() {
  const { criticalCrossings, warningCrossings } = overviewQueries;
  return overTime(criticalCrossings, {
    title: 'Threshold crossings per 5 minutes',
    description: `How often a session reached ${warning.percent} % and ${critical.percent} % of its context window within the 5 minutes before each point. A session counts once until its next checkpoint.`,
    noData: 'No session reported in the last 5 minutes.',
  })
    .decimals(0)
    .lineInterpolation(common.LineInterpolation.StepAfter)
    .overrideByQuery('A', [parts.fixedColor(parts.colors.critical)])
    .overrideByQuery('B', [parts.fixedColor(parts.colors.warning)])
    .withTarget(parts.overTime(criticalCrossings, 'A'))
    .withTarget(parts.overTime(warningCrossings, 'B'));
}

/** What checkpoints bring, session by session. */
export function savedPerCheckpointTable() {
  const { savedPerCheckpoint, checkpointCount } = overviewQueries;
  return parts
    .withText(new table.PanelBuilder(), {
      title: 'Tokens saved per checkpoint',
      description:
        'How many tokens a checkpoint freed on average, for each session of the last hour that made any. A session low in this list gains little by another one.',
      noData: 'No checkpoint yet: no session of the last hour has made one.',
      unit: savedPerCheckpoint.unit,
    })
    .decimals(1)
    .withTarget(parts.asTable(savedPerCheckpoint, 'A'))
    .withTarget(parts.asTable(checkpointCount, 'B'))
    .withTransformation({ id: 'joinByField', options: { byField: 'session_id', mode: 'outer' } })
    .withTransformation({ id: 'organize', options: savedColumns })
    .overrideByName('Checkpoints', [{ id: 'decimals', value: 0 }])
    .sortBy([new common.TableSortByFieldStateBuilder().displayName('Saved per checkpoint').desc(true)]);
}

const savedColumns = {
  excludeByName: { Time: true, 'Time 1': true, 'Time 2': true },
  indexByName: { session_id: 0, 'Value #B': 1, 'Value #A': 2 },
  renameByName: { session_id: 'Session', 'Value #B': 'Checkpoints', 'Value #A': 'Saved per checkpoint' },
};

/** How busy the instrumented servers are. */
export function requestRateTimeSeries() {
  const query = httpQueries.requestRate;
  return overTime(query, {
    title: 'HTTP requests',
    description: 'Requests per minute that the instrumented servers answered, averaged over 5 minutes.',
    noData: noRequests,
  }).withTarget(parts.overTime(query));
}

/** How fast the instrumented servers are. */
export function requestLatencyTimeSeries() {
  const query = httpQueries.requestLatencyP95;
  return overTime(query, {
    title: 'HTTP latency (p95)',
    description: '95 of 100 HTTP requests were answered within this time; averaged over 5 minutes.',
    noData: noRequests,
  }).withTarget(parts.overTime(query));
}

function overTime(query: Query, text: Omit<parts.PanelText, 'unit'>) {
  return parts
    .withText(new timeseries.PanelBuilder(), { ...text, unit: query.unit })
    .min(0)
    .lineWidth(2)
    .showPoints(common.VisibilityMode.Never)
    .colorScheme(parts.oneColor(parts.colors.ok))
    .tooltip(parts.tooltipOfAll());
}
