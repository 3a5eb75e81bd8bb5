import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { comparisonQueries as q, type QueriesAt } from '#queries';
import { fullestVariable, newDashboard, sessionVariable } from './new-dashboard.ts';
import {
  alignedUsageChart,
  crossingsTimeSeries,
  modelTable,
  projectTable,
  totalsTable,
  usageTimeSeries,
} from './sessions-compared-panels.ts';

/** Sessions compared: how do two to six of them differ? */
export function sessionsCompared(queries: QueriesAt): DashboardBuilder {
  const { thresholds } = queries;
  return newDashboard({
    uid: 'ctxd-sessions-compared',
    title: 'Sessions compared',
    question: 'How sessions differ: pick two to six of them. Past ones, too, if they are in the time range.',
  })
    .withVariable(fullestVariable(q.fullestLive))
    .withVariable(sessionVariable('sessions', q.comparedChoice).label('Sessions').multi(true))

    .withRow(new RowBuilder('How do they fill up?'))
    .withPanel(usageTimeSeries(thresholds).span(12).height(10))
    .withPanel(alignedUsageChart().span(12).height(10))

    .withRow(new RowBuilder('What are their totals?'))
    .withPanel(totalsTable(thresholds).span(24).height(8))

    .withRow(new RowBuilder('What about all sessions of the time range?'))
    .withPanel(crossingsTimeSeries(queries).span(24).height(7))
    .withPanel(projectTable().span(12).height(8))
    .withPanel(modelTable().span(12).height(8));
}
