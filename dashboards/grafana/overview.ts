import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { QueriesAt } from '#queries';
import { whatToDo } from './action-list.ts';
import { filterVariable, newDashboard } from './new-dashboard.ts';
import {
  costStat,
  criticalStat,
  liveStat,
  nextFullStat,
  rateLimitsStat,
  usageTimeSeries,
  warningStat,
} from './overview-panels.ts';
import { sessionTable } from './session-table.ts';

/** Context overview: which sessions need me now? It fits a screen of 1920 × 1080 pixels. */
export function overview(queries: QueriesAt): DashboardBuilder {
  return newDashboard({
    uid: 'ctxd-context-overview',
    title: 'Context overview',
    question: 'Which Claude Code sessions need attention now, by how full their context windows are.',
  })
    .withVariable(filterVariable(queries.named.filterChoice))
    .withPanel(criticalStat(queries).span(4).height(3))
    .withPanel(warningStat(queries).span(4).height(3))
    .withPanel(liveStat(queries).span(3).height(3))
    .withPanel(nextFullStat(queries).span(5).height(3))
    .withPanel(costStat(queries).span(4).height(3))
    .withPanel(rateLimitsStat(queries).span(4).height(3))

    .withPanel(sessionTable(queries).span(16).height(14))
    .withPanel(whatToDo(queries).span(8).height(14))

    .withPanel(usageTimeSeries(queries).span(24).height(9));
}
