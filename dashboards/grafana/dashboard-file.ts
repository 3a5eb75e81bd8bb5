import type { Dashboard, DashboardBuilder, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { overview } from './overview.ts';
import { pipelineHealth } from './pipeline-health.ts';
import { sessionDetail } from './session-detail.ts';
import { sessionsCompared } from './sessions-compared.ts';

/** The dashboards as Grafana provisions them: file name → JSON, the same bytes every time. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map([overview(), sessionDetail(), sessionsCompared(), pipelineHealth()].map(dashboardFile));
}

/** One dashboard as a file named by its uid, panels and rows numbered in reading order. */
export function dashboardFile(builder: DashboardBuilder): readonly [name: string, json: string] {
  const dashboard = withStableIds(builder.build());
  return [`${dashboard.uid}.json`, `${JSON.stringify(dashboard, null, 2)}\n`];
}

/** The SDK leaves panels without an id and all rows with id 0; links to a panel need ids that stay. */
function withStableIds(dashboard: Dashboard): Dashboard {
  allPanels(dashboard).forEach((panel, index) => {
    panel.id = index + 1;
  });
  return dashboard;
}

function allPanels({ panels = [] }: Dashboard): (Panel | RowPanel)[] {
  return panels.flatMap((panel) => ('panels' in panel ? [panel, ...panel.panels] : [panel]));
}
