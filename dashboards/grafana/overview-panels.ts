import * as common from '@grafana/grafana-foundation-sdk/common';
import { namedOverviewQueries, overviewQueries } from '#queries';
import { thresholds } from '#thresholds';
import { AlertListBuilder } from './alert-list.ts';
import { bars, chart, oneNumber } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

const { warning, critical } = thresholds;
// Grafana shrinks a number's text until it fits: more than some 24 letters nobody can read.
const noLiveSession = 'No session: start one';

/** How many sessions need a checkpoint at once. */
export function criticalSessionsStat() {
  return oneNumber(overviewQueries.sessionsAtCriticalNow, {
    title: `Critical: ≥ ${critical.percent} %`,
    description: `Live sessions whose context window is at least ${critical.percent} % full. Save a checkpoint in them now, before Claude Code compacts by itself.`,
    noData: noLiveSession,
  }).thresholds(parts.anySteps(parts.colors.critical));
}

/** How many sessions need a checkpoint soon. */
export function warningSessionsStat() {
  return oneNumber(overviewQueries.sessionsAtWarningNow, {
    title: `Warning: ≥ ${warning.percent} %`,
    description: `Live sessions whose context window is at least ${warning.percent} % full, the critical ones included. Plan a checkpoint in them.`,
    noData: noLiveSession,
  }).thresholds(parts.anySteps(parts.colors.warning));
}

/** How many sessions there are. */
export function activeSessionsStat() {
  return oneNumber(overviewQueries.activeSessionsNow, {
    title: 'Active sessions',
    description:
      'Claude Code sessions that the instrumented servers track now. A session ends when it says so, or after an hour without a request. If no server reports, npm run doctor says why.',
    noData: 'No server: npm run doctor',
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
    .thresholds(parts.usageSteps(parts.unmarked));
}

/** How much room all sessions have together. */
export function tokensOfWindowStat() {
  return oneNumber(overviewQueries.totalTokensNow, {
    title: 'Tokens, all sessions together',
    description:
      'Tokens in the context windows of all live sessions, the size of these windows together, and what a session uses on average.',
    noData: noLiveSession,
  })
    .withTarget(parts.atEnd(overviewQueries.totalWindowNow, 'B'))
    .withTarget(parts.atEnd(namedOverviewQueries.averageTokensNow, 'C'))
    .decimals(1);
}

/** The five sessions to look at first. */
export function topSessionsBarGauge() {
  const query = namedOverviewQueries.topNamed;
  return bars(query, {
    title: 'Top sessions',
    description: `The five live sessions that use the largest share of their context window. WARNING from ${warning.percent} %, CRITICAL from ${critical.percent} %. A click shows what happened in the session.`,
    noData: 'No session is live: start one, or see Pipeline health',
  })
    .max(100)
    .decimals(1)
    .thresholds(parts.usageSteps())
    .showUnfilled(true)
    .dataLinks([parts.detailLink('field')]);
}

/** How the fullest sessions got there. */
export function usageTimeSeries() {
  const query = namedOverviewQueries.usageNamedOverTime;
  return chart([query], {
    title: 'Context usage',
    description: `Share of its context window that each session used: the ten that were fullest in the last 5 minutes of the time range. A line that falls is a checkpoint or a compaction. The bands begin at ${warning.percent} % (warning) and ${critical.percent} % (critical).`,
    noData:
      'No session reported its usage in the last 5 minutes of this time range. Choose another one, or see Pipeline health.',
  })
    .axisSoftMax(100)
    .thresholds(parts.usageSteps())
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.LineAndArea),
    )
    .legend(parts.legendTable())
    .dataLinks([parts.detailLink('field')]);
}

/** How often the thresholds are reached. */
export function crossingsTimeSeries() {
  const { criticalCrossingsPerBar, warningCrossingsPerBar } = namedOverviewQueries;
  const text = {
    title: 'Threshold crossings per 5 minutes',
    description: `How often a session reached ${warning.percent} % and ${critical.percent} % of its context window since the bar before: within 5 minutes, or longer where the time range has no room for so many bars. A session counts once until its next checkpoint.`,
    noData: 'No session reported in this time range. Choose another one, or see Pipeline health.',
  };
  const colors = [parts.colors.critical, parts.colors.warning];
  return chart([criticalCrossingsPerBar, warningCrossingsPerBar], text, { colors })
    .decimals(0)
    .interval('5m')
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(60)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
}

/** What vmalert has to say. */
export function alertList() {
  return new AlertListBuilder()
    .title('Active alerts')
    .description(
      'Alerts that fire or are about to, as vmalert reports them by way of VictoriaMetrics. Each says which session it is about and what to do.',
    );
}

/** What the live sessions cost. */
export function costStat() {
  return oneNumber(namedOverviewQueries.costNow, {
    title: 'Cost so far',
    description: 'What the live sessions have cost so far in US dollars, as far as Claude Code reports it.',
    noData: 'No cost: npm run connect',
  }).decimals(2);
}

/** How much of the account's rate limits is left. */
export function rateLimitBarGauge() {
  return bars(namedOverviewQueries.rateLimitsNow, {
    title: 'Rate limits used',
    description: 'Share of the account’s rate limits that is used, by the window that they count over.',
    noData: 'No report: npm run connect',
  })
    .max(100)
    .decimals(0)
    .thresholds(parts.usageSteps())
    .overrideByName('five_hour', [{ id: 'displayName', value: '5 hours' }])
    .overrideByName('seven_day', [{ id: 'displayName', value: '7 days' }]);
}
