import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  activeSessionsStat,
  averageUsageStat,
  criticalSessionsStat,
  crossingsTimeSeries,
  requestLatencyTimeSeries,
  requestRateTimeSeries,
  savedPerCheckpointTable,
  tokensOfWindowStat,
  topSessionsBarGauge,
  usageTimeSeries,
  warningSessionsStat,
} from './overview-panels.ts';

/** Context overview: which sessions need me now? */
export function overview(): DashboardBuilder {
  return new DashboardBuilder('Context overview')
    .uid('ctxd-context-overview')
    .description('Which Claude Code sessions need attention now, by how full their context windows are.')
    .tags(['ctxd', 'generated'])
    .readonly()
    .refresh('5s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))

    .withRow(new RowBuilder('Which sessions need me now?'))
    .withPanel(criticalSessionsStat().span(4).height(4))
    .withPanel(warningSessionsStat().span(4).height(4))
    .withPanel(activeSessionsStat().span(4).height(4))
    .withPanel(averageUsageStat().span(4).height(4))
    .withPanel(tokensOfWindowStat().span(8).height(4))
    .withPanel(topSessionsBarGauge().span(8).height(10))
    .withPanel(usageTimeSeries().span(16).height(10))

    .withRow(new RowBuilder('Do checkpoints keep up?'))
    .withPanel(crossingsTimeSeries().span(12).height(8))
    .withPanel(savedPerCheckpointTable().span(12).height(8))

    .withRow(new RowBuilder('How do the servers answer?'))
    .withPanel(requestRateTimeSeries().span(12).height(7))
    .withPanel(requestLatencyTimeSeries().span(12).height(7));
}
