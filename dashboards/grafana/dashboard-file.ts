import type { Dashboard, DashboardBuilder, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { inPrometheus, type QueriesAt, queriesAt } from '#queries';
import type { Thresholds } from '#thresholds';
import { overview } from './overview.ts';
import { pipelineHealth } from './pipeline-health.ts';
import { sessionDetail } from './session-detail.ts';
import { sessionsCompared } from './sessions-compared.ts';

const dashboards: readonly ((queries: QueriesAt) => DashboardBuilder)[] = [
  overview,
  sessionDetail,
  sessionsCompared,
  pipelineHealth,
];

/** Makes the dashboards that Grafana provisions: file name → JSON. The same thresholds give the same bytes. */
export function dashboardFiles(thresholds: Thresholds): ReadonlyMap<string, string> {
  const queries = queriesAt(thresholds);
  return new Map(dashboards.map((dashboard) => dashboardFile(dashboard(queries))));
}

/** Makes the file of one dashboard. It is named by its uid; panels and rows are numbered in reading order. */
export function dashboardFile(builder: DashboardBuilder): readonly [name: string, json: string] {
  const dashboard = finished(builder.build());
  return [`${dashboard.uid}.json`, `${JSON.stringify(dashboard, null, 2)}\n`];
}

/** The JSON of a dashboard with its queries in PromQL, for a data source that is Prometheus. */
export function dashboardInPrometheus(json: string): string {
  const rewritten: unknown = JSON.parse(json, (_, value: unknown) =>
    typeof value === 'string' ? inPrometheus(value) : value,
  );
  return `${JSON.stringify(rewritten, null, 2)}\n`;
}

/** Grafana migrates a panel without a version as if it were years old, which breaks some kinds of panel. */
const pluginVersion = '12.2.0';

/**
 * Numbers the panels and states the version that they are made for. The SDK gives panels no id and rows the id 0, but links
 * to a panel need stable ids.
 */
function finished(dashboard: Dashboard): Dashboard {
  allPanels(dashboard).forEach((panel, index) => {
    panel.id = index + 1;
    if (!('panels' in panel)) panel.pluginVersion = pluginVersion;
  });
  return dashboard;
}

function allPanels({ panels = [] }: Dashboard): (Panel | RowPanel)[] {
  return panels.flatMap((panel) => ('panels' in panel ? [panel, ...panel.panels] : [panel]));
}
