import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { QueriesAt } from '#queries';
import { annotation, linkedVariable, newDashboard, sessionVariable } from './new-dashboard.ts';
import {
  checkpointsStat,
  checkpointTable,
  costStat,
  costTimeSeries,
  durationStat,
  fillRateTimeSeries,
  infoTable,
  lastActivityStat,
  occupancyTimeSeries,
  savedAverageStat,
  stateStat,
  stateTimeline,
  subagentsTimeSeries,
  tokensStat,
  toCompactionStat,
  toFullStat,
  toFullTimeSeries,
  usageStat,
} from './session-detail-panels.ts';

/** The fourth panel, “Tokens in the context”. */
const idOfTokens = 4;

/** Session detail: what happened in this one? */
export function sessionDetail(queries: QueriesAt): DashboardBuilder {
  const { session } = queries;
  return newDashboard({
    uid: 'ctxd-session-detail',
    title: 'Session detail',
    question:
      'What happened in one session. Choose the time range to replay: a past session looks as it did at its end.',
  })
    .withVariable(linkedVariable())
    .withVariable(sessionVariable('session', session.sessionChoice).label('Session'))
    .annotation(annotation('Checkpoint', session.checkpointCountPerPoint, idOfTokens))

    .withPanel(usageStat(queries).span(8).height(4))
    .withPanel(toFullStat(queries).span(8).height(4))
    .withPanel(savedAverageStat(queries).span(8).height(4))
    .withPanel(occupancyTimeSeries(queries).span(24).height(11))
    .withPanel(stateTimeline(queries).span(24).height(4))

    .withRow(new RowBuilder('What is it, and how was it at the end of the time range?'))
    .withPanel(infoTable(queries).span(24).height(4))
    .withPanel(stateStat(queries).span(4).height(3))
    .withPanel(tokensStat(queries).span(9).height(3))
    .withPanel(toCompactionStat(queries).span(5).height(3))
    .withPanel(checkpointsStat(queries).span(6).height(3))
    .withPanel(costStat(queries).span(8).height(3))
    .withPanel(durationStat(queries).span(8).height(3))
    .withPanel(lastActivityStat(queries).span(8).height(3))

    .withRow(new RowBuilder('How fast did it fill, and what about checkpoints, subagents and cost?'))
    .withPanel(fillRateTimeSeries(queries).span(12).height(7))
    .withPanel(toFullTimeSeries(queries).span(12).height(7))
    .withPanel(checkpointTable(queries).span(12).height(9))
    .withPanel(subagentsTimeSeries(queries).span(6).height(9))
    .withPanel(costTimeSeries(queries).span(6).height(9));
}
