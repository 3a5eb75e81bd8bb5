import {
  AnnotationPanelFilterBuilder,
  AnnotationQueryBuilder,
  type AnnotationQuery,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Query } from '#queries';
import { colors, dataSource } from './panel-parts.ts';

/** The differences between the dashboards. */
export interface DashboardText {
  readonly uid: `ctxd-${string}`;
  readonly title: string;
  /** The question that it answers. */
  readonly question: string;
}

/** Makes an empty dashboard with the common settings: time range, refresh, data source, and links to the others. */
export function newDashboard({ uid, title, question }: DashboardText): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(question)
    .tags(['ctxd', 'generated'])
    .readonly()
    .refresh('5s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Boards')
        .type(DashboardLinkType.Dashboards)
        .asDropdown(true)
        .tags(['ctxd'])
        .tooltip('The other dashboards of ctxd, at the same time range')
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
}

/** Makes a variable that lists a query's sessions by name. Its value is their ids. */
export function sessionVariable(name: string, { expr, meaning }: Query): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .description(meaning)
    .datasource(dataSource)
    .query({ query: `query_result(${expr})`, refId: name })
    .regex('/session="(?<text>.*)",session_id="(?<value>[^"]*)"/')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.Disabled);
}

/** Makes a variable that limits a board to the sessions of one project, host, user or team. Its value is the end of a query. */
export function filterVariable({ expr, meaning }: Query): QueryVariableBuilder {
  return new QueryVariableBuilder('of')
    .label('Sessions of')
    .description(meaning)
    .datasource(dataSource)
    .query({ query: `query_result(${expr})`, refId: 'of' })
    .regex('/text="(?<text>.*)",value="(?<value>.*)"/')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .includeAll(true)
    .allValue('and on () vector(1)');
}

/**
 * Makes a variable for the session of a link, which the list of sessions then contains in any case. Otherwise Grafana would
 * silently open another session if the time range has no sample of this one.
 */
export function linkedVariable(): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder('linked').hide(VariableHide.HideVariable).defaultValue('');
}

/** Makes a hidden variable that lists the fullest live sessions, all of them chosen. */
export function fullestVariable({ expr }: Query): QueryVariableBuilder {
  return new QueryVariableBuilder('fullest')
    .hide(VariableHide.HideVariable)
    .datasource(dataSource)
    .query({ query: `query_result(${expr})`, refId: 'fullest' })
    .regex('/session_id="([^"]*)"/')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.Disabled)
    .multi(true)
    .includeAll(true);
}

/**
 * Makes an annotation at each moment for which a query returns something, such as checkpoints.
 *
 * @param panelId - the only panel that shows it
 */
export function annotation(name: string, { expr, legend }: Query, panelId: number): AnnotationBuilder {
  return new AnnotationBuilder()
    .name(name)
    .datasource(dataSource)
    .enable(true)
    .iconColor(colors.ok)
    .expr(expr)
    .filter(new AnnotationPanelFilterBuilder().exclude(false).ids([panelId]))
    .step('5s')
    .titleFormat(name)
    .textFormat(legend)
    .tagKeys('session');
}

/** Leaves out the SDK's default `placement`, which no release of schema v1 knows. */
class AnnotationBuilder extends AnnotationQueryBuilder {
  override build(): AnnotationQuery {
    const { placement: _, ...annotationQuery } = super.build();
    return annotationQuery;
  }
}
