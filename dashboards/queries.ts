import { comparisonQueries, groupQueries } from './queries/comparison.ts';
import { contractQueries } from './queries/contract.ts';
import { namedOverviewQueries, overviewQueries, sessionTableQueries } from './queries/overview.ts';
import { pipelineQueries } from './queries/pipeline.ts';
import type { Query } from './queries/query.ts';
import { sessionQueries } from './queries/session.ts';
import {
  httpQueries,
  monitorQueries,
  secondsToFull,
  sessionHistory,
  sessionSeries,
  sessionsOverRange,
} from './queries/terminal.ts';
import { withVariables } from './queries/variables.ts';

export type { Query };
export {
  comparisonQueries,
  contractQueries,
  groupQueries,
  httpQueries,
  monitorQueries,
  namedOverviewQueries,
  overviewQueries,
  pipelineQueries,
  secondsToFull,
  sessionHistory,
  sessionQueries,
  sessionSeries,
  sessionsOverRange,
  sessionTableQueries,
  withVariables,
};

/** All queries that need no parameter. */
export const allQueries: readonly Query[] = [
  contractQueries,
  overviewQueries,
  httpQueries,
  monitorQueries,
].flatMap((queries) => Object.values(queries));

/** The dashboards' own queries: in the place of `$…` Grafana puts its variables. */
export const dashboardQueries: readonly Query[] = [
  namedOverviewQueries,
  sessionTableQueries,
  sessionQueries,
  comparisonQueries,
  groupQueries.byProject,
  groupQueries.byModel,
  pipelineQueries,
].flatMap((queries) => Object.values(queries));
