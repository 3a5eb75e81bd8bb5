import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { sessionQueries } from '#queries';
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
export function sessionsCompared(): DashboardBuilder {
  return newDashboard({
    uid: 'ctxd-sessions-compared',
    title: 'Sessions compared',
    question: 'How sessions differ: pick two to six of them. Past ones too, where the time range has them.',
  })
    .withVariable(sessionVariable('sessions', sessionQueries.sessionChoice).label('Sessions').multi(true))

    .withRow(new RowBuilder('How do they fill up?'))
    .withPanel(usageTimeSeries().span(12).height(10))
    .withPanel(alignedUsageChart().span(12).height(10))

    .withRow(new RowBuilder('What did each come to?'))
    .withPanel(totalsTable().span(24).height(8))
    .withPanel(peakBars().span(12).height(7))
    .withPanel(effectivenessBars().span(12).height(7))

    .withRow(new RowBuilder('And all sessions of the time range?'))
    .withPanel(projectTable().span(12).height(8))
    .withPanel(modelTable().span(12).height(8));
}
