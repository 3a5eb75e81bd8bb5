import type { Thresholds } from '#thresholds';
import { comparisonQueries, groupQueries, numberedSessions } from './comparison.ts';
import { contractQueries } from './contract.ts';
import { namedOverviewQueries, overviewQueries, sessionTableQueries } from './overview.ts';
import { pipelineQueries } from './pipeline.ts';
import type { Query } from './query.ts';
import { sessionQueries } from './session.ts';
import { httpQueries, monitorQueries } from './terminal.ts';
import { webQueries } from './web.ts';
import { actionQueries } from './what-to-do.ts';

export {
  alertNames,
  otherAlertNames,
  type AlertScope,
  checkpointMissing,
  compactionNear,
  detailLabels,
  fillingFast,
  fullSoon,
  rateLimitNear,
  thresholdReached,
  type Whole,
  withDetails,
} from './alerts.ts';
export { bundleQueries } from './bundle.ts';
export { missingHighUsage, recordedBy } from './high-usage.ts';
export { inPrometheus, inPrometheusNames, metricsQlProbe } from './prometheus.ts';
export { secondsToFull, sessionHistory, sessionSeries, sessionsOverRange } from './terminal.ts';
export { withVariables } from './variables.ts';
export { type Action, ownActions, sessionActions } from './what-to-do.ts';
export type { Query };
export {
  actionQueries,
  comparisonQueries,
  contractQueries,
  groupQueries,
  httpQueries,
  monitorQueries,
  namedOverviewQueries,
  numberedSessions,
  overviewQueries,
  pipelineQueries,
  sessionQueries,
  sessionTableQueries,
  webQueries,
};

/** The thresholds and the tables that depend on them: the input of a dashboard. */
export function queriesAt(thresholds: Thresholds) {
  return {
    thresholds,
    named: namedOverviewQueries(thresholds),
    sessionTable: sessionTableQueries(thresholds),
    session: sessionQueries(thresholds),
    actions: actionQueries(thresholds),
  };
}

/** The tables of {@link queriesAt}. */
export type QueriesAt = ReturnType<typeof queriesAt>;

/** All queries without parameters. */
export function allQueries(thresholds: Thresholds): readonly Query[] {
  const tables = [contractQueries(thresholds), overviewQueries, httpQueries, monitorQueries, webQueries];
  return tables.flatMap((queries) => Object.values<Query>(queries));
}

/** The dashboards' own queries. Grafana replaces their variables, `$…`. */
export function dashboardQueries(thresholds: Thresholds): readonly Query[] {
  const { actions, named, sessionTable, session } = queriesAt(thresholds);
  const { byProject, byModel } = groupQueries;
  const tables = [
    actions,
    named,
    sessionTable,
    session,
    comparisonQueries,
    byProject,
    byModel,
    pipelineQueries,
  ];
  return tables.flatMap((queries) => Object.values<Query>(queries));
}
