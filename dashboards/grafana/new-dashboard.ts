import {
  AnnotationQueryBuilder,
  type AnnotationQuery,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
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
      new DashboardLinkBuilder('ctxd')
        .type(DashboardLinkType.Dashboards)
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

/** Makes an annotation at each moment for which a query returns something, such as checkpoints. */
export function annotation(name: string, { expr, legend }: Query): AnnotationBuilder {
  return new AnnotationBuilder()
    .name(name)
    .datasource(dataSource)
    .enable(true)
    .iconColor(colors.ok)
    .expr(expr)
    .step('15s')
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
