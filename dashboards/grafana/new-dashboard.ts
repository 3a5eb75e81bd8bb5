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

/** What tells one dashboard from another. */
export interface DashboardText {
  readonly uid: `ctxd-${string}`;
  readonly title: string;
  /** The one question that it answers. */
  readonly question: string;
}

/** An empty dashboard with all that the four have in common: time, refresh, data source, and links to each other. */
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

/** A variable that offers the sessions of a query by name, and stands for their ids. */
export function sessionVariable(name: string, { expr, meaning }: Query): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .description(meaning)
    .datasource(dataSource)
    .query({ query: `query_result(${expr})`, refId: name })
    .regex('/session="(?<text>.*)",session_id="(?<value>[^"]*)"/')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.Disabled);
}

/** Marks the moments at which a query answers, such as checkpoints. */
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

/** The SDK's default for where an annotation's switch is shown is what no release of schema v1 knows. */
class AnnotationBuilder extends AnnotationQueryBuilder {
  override build(): AnnotationQuery {
    const { placement: _, ...annotationQuery } = super.build();
    return annotationQuery;
  }
}
