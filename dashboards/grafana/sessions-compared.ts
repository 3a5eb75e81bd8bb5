import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { QueriesAt } from '#queries';
import { newDashboard, sessionVariable } from './new-dashboard.ts';
import {
  alignedUsageChart,
  effectivenessBars,
  modelTable,
  peakBars,
  projectTable,
  totalsTable,
  usageTimeSeries,
} from './sessions-compared-panels.ts';

/** Sessions compared: how do two to six of them differ? */
export function sessionsCompared({ thresholds, session }: QueriesAt): DashboardBuilder {
  return newDashboard({
    uid: 'ctxd-sessions-compared',
    title: 'Sessions compared',
    question: 'How sessions differ: pick two to six of them. Past ones, too, if they are in the time range.',
  })
    .withVariable(sessionVariable('sessions', session.sessionChoice).label('Sessions').multi(true))

    .withRow(new RowBuilder('How do they fill up?'))
    .withPanel(usageTimeSeries(thresholds).span(12).height(10))
    .withPanel(alignedUsageChart().span(12).height(10))

    .withRow(new RowBuilder('What are their totals?'))
    .withPanel(totalsTable(thresholds).span(24).height(8))
    .withPanel(peakBars(thresholds).span(12).height(7))
    .withPanel(effectivenessBars().span(12).height(7))

    .withRow(new RowBuilder('What about all sessions of the time range?'))
    .withPanel(projectTable().span(12).height(8))
    .withPanel(modelTable().span(12).height(8));
}
