import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { QueriesAt } from '#queries';
import { healthSentence } from './action-list.ts';
import { newDashboard } from './new-dashboard.ts';
import {
  alertingTimeSeries,
  diskTimeSeries,
  embeddingCostTimeSeries,
  embeddingOperationsTimeSeries,
  embeddingTokensTimeSeries,
  evaluationTimeSeries,
  ignoredTimeSeries,
  lossTimeSeries,
  memoryTimeSeries,
  newestSampleStat,
  partsUpStat,
  pointsTimeSeries,
  queueTimeSeries,
  requestLatencyTimeSeries,
  requestRateTimeSeries,
  seriesTimeSeries,
} from './pipeline-panels.ts';

/** Pipeline health: can I believe what I see? */
export function pipelineHealth(queries: QueriesAt): DashboardBuilder {
  return newDashboard({
    uid: 'ctxd-pipeline-health',
    title: 'Pipeline health',
    question: 'Whether the other dashboards can be trusted: is every part up, and does nothing get lost?',
  })
    .withPanel(healthSentence(queries).span(24).height(4))

    .withRow(new RowBuilder('Is everything up, and does anything arrive?'))
    .withPanel(partsUpStat().span(16).height(4))
    .withPanel(newestSampleStat().span(8).height(4))

    .withRow(new RowBuilder('Does anything get lost?'))
    .withPanel(pointsTimeSeries().span(8).height(7))
    .withPanel(queueTimeSeries().span(8).height(7))
    .withPanel(lossTimeSeries().span(8).height(7))
    .withPanel(ignoredTimeSeries().span(8).height(7))
    .withPanel(evaluationTimeSeries().span(8).height(7))
    .withPanel(alertingTimeSeries().span(8).height(7))

    .withRow(new RowBuilder('Is there room?'))
    .withPanel(seriesTimeSeries().span(8).height(7))
    .withPanel(diskTimeSeries().span(8).height(7))
    .withPanel(memoryTimeSeries().span(8).height(7))

    .withRow(new RowBuilder('What do the instrumented servers do?'))
    .withPanel(requestRateTimeSeries().span(12).height(7))
    .withPanel(requestLatencyTimeSeries().span(12).height(7))
    .withPanel(embeddingOperationsTimeSeries().span(8).height(7))
    .withPanel(embeddingTokensTimeSeries().span(8).height(7))
    .withPanel(embeddingCostTimeSeries().span(8).height(7));
}
