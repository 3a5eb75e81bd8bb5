import * as common from '@grafana/grafana-foundation-sdk/common';
import { overviewQueries, type QueriesAt } from '#queries';
import { AlertListBuilder } from './alert-list.ts';
import { bars, chart, oneNumber } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

// Grafana shrinks a number's text until it fits: more than about 24 letters are unreadable.
const noLiveSession = 'No session: start one';

/** How many sessions need a checkpoint at once. */
export function criticalSessionsStat({ thresholds: { critical }, atThreshold }: QueriesAt) {
  return oneNumber(atThreshold.sessionsAtCriticalNow, {
    title: `Critical: ≥ ${critical.percent} %`,
    description: `Live sessions whose context window is at least ${critical.percent} % full. Save a checkpoint in them now, before Claude Code compacts automatically.`,
    noData: noLiveSession,
  }).thresholds(parts.anySteps(parts.colors.critical));
}

/** How many sessions need a checkpoint soon. */
export function warningSessionsStat({ thresholds: { warning }, atThreshold }: QueriesAt) {
  return oneNumber(atThreshold.sessionsAtWarningNow, {
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
export function averageUsageStat({ thresholds }: QueriesAt) {
  return oneNumber(overviewQueries.averageUsageNow, {
    title: 'Average usage',
    description: 'Share of its context window that a live session uses on average.',
    noData: noLiveSession,
  })
    .decimals(1)
    .thresholds(parts.usageSteps(thresholds, parts.unmarked));
}

/** How much room all sessions have together. */
export function tokensOfWindowStat({ named }: QueriesAt) {
  return oneNumber(overviewQueries.totalTokensNow, {
    title: 'Tokens, all sessions together',
    description:
      'Tokens in the context windows of all live sessions, the size of these windows together, and the average per session.',
    noData: noLiveSession,
  })
    .withTarget(parts.atEnd(overviewQueries.totalWindowNow, 'B'))
    .withTarget(parts.atEnd(named.averageTokensNow, 'C'))
    .decimals(1);
}

/** The five sessions to look at first. */
export function topSessionsBarGauge({ thresholds, named }: QueriesAt) {
  const { warning, critical } = thresholds;
  return bars(named.topNamed, {
    title: 'Top sessions',
    description: `The five live sessions that use the largest share of their context window. WARNING from ${warning.percent} %, CRITICAL from ${critical.percent} %. A click shows what happened in the session.`,
    noData: 'No session is live: start one, or see Pipeline health',
  })
    .max(100)
    .decimals(1)
    .thresholds(parts.usageSteps(thresholds))
    .showUnfilled(true)
    .dataLinks([parts.detailLink('field')]);
}

/** How the fullest sessions got there. */
export function usageTimeSeries({ thresholds, named }: QueriesAt) {
  const { warning, critical } = thresholds;
  return chart([named.usageNamedOverTime], {
    title: 'Context usage',
    description: `Share of its context window that each session used: the ten that were fullest in the last 5 minutes of the time range. A line that falls is a checkpoint or a compaction. The bands begin at ${warning.percent} % (warning) and ${critical.percent} % (critical).`,
    noData:
      'No session reported its usage in the last 5 minutes of this time range. Choose another one, or see Pipeline health.',
  })
    .axisSoftMax(100)
    .thresholds(parts.usageSteps(thresholds))
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.LineAndArea),
    )
    .legend(parts.legendTable())
    .dataLinks([parts.detailLink('field')]);
}

/** How often the thresholds are reached. */
export function crossingsTimeSeries({ thresholds: { warning, critical }, named }: QueriesAt) {
  const { criticalCrossingsPerBar, warningCrossingsPerBar } = named;
  const text = {
    title: 'Threshold crossings per 5 minutes',
    description: `How often a session reached ${warning.percent} % and ${critical.percent} % of its context window since the previous bar: 5 minutes, or longer if the time range has no room for so many bars. A session counts once until its next checkpoint.`,
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

/** The alerts that vmalert reports. */
export function alertList() {
  return new AlertListBuilder()
    .title('Active alerts')
    .description(
      'Alerts that are firing or pending, as vmalert reports them through VictoriaMetrics. Each says which session it is about and what to do.',
    );
}

/** What the live sessions cost. */
export function costStat({ named }: QueriesAt) {
  return oneNumber(named.costNow, {
    title: 'Cost so far',
    description: 'What the live sessions have cost so far in US dollars, as far as Claude Code reports it.',
    noData: 'No cost: npm run connect',
  }).decimals(2);
}

/** How much of the account's rate limits is used. */
export function rateLimitBarGauge({ thresholds, named }: QueriesAt) {
  return bars(named.rateLimitsNow, {
    title: 'Rate limits used',
    description: 'Share of the account’s rate limits that is used, by the time over which each counts.',
    noData: 'No report: npm run connect',
  })
    .max(100)
    .decimals(0)
    .thresholds(parts.usageSteps(thresholds))
    .overrideByName('five_hour', [{ id: 'displayName', value: '5 hours' }])
    .overrideByName('seven_day', [{ id: 'displayName', value: '7 days' }]);
}
