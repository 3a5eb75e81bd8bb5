import * as common from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { QueriesAt } from '#queries';
import { chart, oneNumber } from './panel-kinds.ts';
import * as parts from './panel-parts.ts';

// Numbers have one size, so a longer text would be cut at 1280 pixels.
const noReport = 'No report';

/** How many sessions need a checkpoint at once. */
export function criticalStat({ thresholds: { critical }, named }: QueriesAt) {
  return oneNumber(named.criticalNow, {
    title: 'Critical',
    description: `Live sessions whose context window is at least ${critical.percent} % full. Save a checkpoint in them now, before Claude Code compacts automatically.`,
    noData: noReport,
  }).thresholds(parts.anySteps(parts.colors.critical));
}

/** How many sessions need a checkpoint soon. */
export function warningStat({ thresholds: { warning, critical }, named }: QueriesAt) {
  return oneNumber(named.warningNow, {
    title: 'Warning',
    description: `Live sessions whose context window is at least ${warning.percent} % full, and less than ${critical.percent} %. Plan a checkpoint in them.`,
    noData: noReport,
  }).thresholds(parts.anySteps(parts.colors.warning));
}

/** How many sessions there are. */
export function liveStat({ named }: QueriesAt) {
  return oneNumber(named.liveNow, {
    title: 'Live',
    description:
      'Claude Code sessions that the instrumented servers track now. A session ends when it says so, or after an hour without a request. If no server reports, npm run doctor says why.',
    noData: noReport,
  });
}

/** How soon a session is full, and which. */
export function nextFullStat({ named }: QueriesAt) {
  return oneNumber(named.nextFull, {
    title: 'Next one full in',
    description:
      'The shortest time until a live session is full at its pace of the last 5 minutes, and which session that is. A click shows what happened in it.',
    noData: 'No session',
  })
    .textMode(common.BigValueTextMode.ValueAndName)
    .dataLinks([parts.detailLink('field')]);
}

/** What the live sessions cost. */
export function costStat({ named }: QueriesAt) {
  return oneNumber(named.costNow, {
    title: 'Cost',
    description: 'What the live sessions have cost so far in US dollars, as far as Claude Code reports it.',
    noData: noReport,
  }).decimals(2);
}

/** How much of the account's rate limits is used. */
export function rateLimitsStat({ thresholds, named }: QueriesAt) {
  return oneNumber(named.rateLimitsNow, {
    title: 'Rate limits',
    description: 'Share of each account’s rate limits that is used, by the time over which each counts.',
    noData: noReport,
  })
    .textMode(common.BigValueTextMode.ValueAndName)
    .decimals(0)
    .thresholds(parts.usageSteps(thresholds, parts.unmarked));
}

/** How the fullest sessions got there. A line has the colour of its state at each moment. */
export function usageTimeSeries({ thresholds, named }: QueriesAt) {
  const { warning, critical } = thresholds;
  return chart([named.usageNamedOverTime], {
    title: 'How the ten fullest got there',
    description: `Share of its context window that each session used: the ten that were fullest in the last 5 minutes of the time range. A line that falls is a checkpoint or a compaction. The dashed lines are at ${warning.percent} % (warning) and ${critical.percent} % (critical).`,
    noData:
      'No session reported its usage in the last 5 minutes of this time range. Choose another range, or run npm run demo.',
  })
    .axisSoftMax(100)
    .maxDataPoints(300)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .gradientMode(common.GraphGradientMode.Scheme)
    .thresholds(parts.usageSteps(thresholds))
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    )
    .legend(new common.VizLegendOptionsBuilder().showLegend(false).calcs([]))
    .dataLinks([parts.detailLink('field')]);
}
