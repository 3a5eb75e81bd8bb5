import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { namedOverviewQueries } from '#queries';
import { annotation, newDashboard } from './new-dashboard.ts';
import {
  activeSessionsStat,
  alertList,
  averageUsageStat,
  costStat,
  criticalSessionsStat,
  crossingsTimeSeries,
  rateLimitBarGauge,
  tokensOfWindowStat,
  topSessionsBarGauge,
  usageTimeSeries,
  warningSessionsStat,
} from './overview-panels.ts';
import { sessionTable } from './session-table.ts';

/** Context overview: which sessions need me now? */
export function overview(): DashboardBuilder {
  return newDashboard({
    uid: 'ctxd-context-overview',
    title: 'Context overview',
    question: 'Which Claude Code sessions need attention now, by how full their context windows are.',
  })
    .annotation(annotation('Checkpoint', namedOverviewQueries.checkpointsOfDrawn))

    .withRow(new RowBuilder('Which sessions need me now?'))
    .withPanel(criticalSessionsStat().span(4).height(4))
    .withPanel(warningSessionsStat().span(4).height(4))
    .withPanel(activeSessionsStat().span(4).height(4))
    .withPanel(averageUsageStat().span(4).height(4))
    .withPanel(tokensOfWindowStat().span(8).height(4))
    .withPanel(topSessionsBarGauge().span(16).height(9))
    .withPanel(alertList().span(8).height(9))
    .withPanel(sessionTable().span(24).height(11))

    .withRow(new RowBuilder('How did they get there?'))
    .withPanel(usageTimeSeries().span(24).height(10))
    .withPanel(crossingsTimeSeries().span(12).height(7))
    .withPanel(costStat().span(4).height(7))
    .withPanel(rateLimitBarGauge().span(8).height(7));
}
