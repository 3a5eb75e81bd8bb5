import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { QueriesAt } from '#queries';
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
export function overview(queries: QueriesAt): DashboardBuilder {
  return newDashboard({
    uid: 'ctxd-context-overview',
    title: 'Context overview',
    question: 'Which Claude Code sessions need attention now, by how full their context windows are.',
  })
    .annotation(annotation('Checkpoint', queries.named.checkpointsOfDrawn))

    .withRow(new RowBuilder('Which sessions need me now?'))
    .withPanel(criticalSessionsStat(queries).span(4).height(4))
    .withPanel(warningSessionsStat(queries).span(4).height(4))
    .withPanel(activeSessionsStat().span(4).height(4))
    .withPanel(averageUsageStat(queries).span(4).height(4))
    .withPanel(tokensOfWindowStat(queries).span(8).height(4))
    .withPanel(topSessionsBarGauge(queries).span(16).height(9))
    .withPanel(alertList().span(8).height(9))
    .withPanel(sessionTable(queries).span(24).height(11))

    .withRow(new RowBuilder('How did they get there?'))
    .withPanel(usageTimeSeries(queries).span(24).height(10))
    .withPanel(crossingsTimeSeries(queries).span(12).height(7))
    .withPanel(costStat(queries).span(4).height(7))
    .withPanel(rateLimitBarGauge(queries).span(8).height(7));
}
