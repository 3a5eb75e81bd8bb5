import { type DashboardBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { sessionQueries } from '#queries';
import { annotation, newDashboard, sessionVariable } from './new-dashboard.ts';
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

/** Session detail: what happened in this one? */
export function sessionDetail(): DashboardBuilder {
  return newDashboard({
    uid: 'ctxd-session-detail',
    title: 'Session detail',
    question:
      'What happened in one session. The time range is the replay: a past session looks as it did at its end.',
  })
    .withVariable(sessionVariable('session', sessionQueries.sessionChoice).label('Session'))
    .annotation(annotation('Checkpoint', sessionQueries.checkpointCountPerPoint))

    .withRow(new RowBuilder('How full was it at the end of the time range?'))
    .withPanel(infoTable().span(24).height(4))
    .withPanel(stateStat().span(4).height(4))
    .withPanel(usageStat().span(4).height(4))
    .withPanel(tokensStat().span(6).height(4))
    .withPanel(toCompactionStat().span(5).height(4))
    .withPanel(toFullStat().span(5).height(4))
    .withPanel(checkpointsStat().span(4).height(4))
    .withPanel(savedAverageStat().span(4).height(4))
    .withPanel(costStat().span(6).height(4))
    .withPanel(durationStat().span(5).height(4))
    .withPanel(lastActivityStat().span(5).height(4))

    .withRow(new RowBuilder('How did it get there?'))
    .withPanel(occupancyTimeSeries().span(24).height(11))
    .withPanel(stateTimeline().span(24).height(4))
    .withPanel(fillRateTimeSeries().span(12).height(7))
    .withPanel(toFullTimeSeries().span(12).height(7))

    .withRow(new RowBuilder('What did checkpoints, subagents and money do?'))
    .withPanel(checkpointTable().span(12).height(9))
    .withPanel(subagentsTimeSeries().span(6).height(9))
    .withPanel(costTimeSeries().span(6).height(9));
}
