import type { Query } from '#alert-queries';
import type { AlertSettings } from './settings.ts';

/** How much an alert matters: `critical` now, `warning` soon, `info` good to know, `none` for the one that always fires. */
type Severity = 'critical' | 'warning' | 'info' | 'none';

/** An alert as its author writes it; links are added to all alike. */
export interface Alert {
  /** CamelCase, and the name of its runbook. */
  readonly name: string;
  readonly severity: Severity;
  readonly query: Pick<Query, 'expr'>;
  /** How long the query has to answer before it fires, such as `30s`. Default: not at all. */
  readonly hold?: string;
  /** A static sentence. */
  readonly summary: string;
  /** Who, how much and what to do; a template. */
  readonly description: string;
  /** Path of the dashboard below Grafana's address; a template. */
  readonly dashboard: string;
}

/** One alerting rule as vmalert reads it. */
export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: Severity };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url' | 'dashboard_url', string>>;
}

/** The rule of an alert. */
export function ruleOf(alert: Alert, { grafanaUrl, runbookBase }: AlertSettings): Rule {
  return {
    alert: alert.name,
    expr: alert.query.expr,
    ...(alert.hold !== undefined && { for: alert.hold }),
    labels: { severity: alert.severity },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: `${runbookBase}/${alert.name}.md`,
      dashboard_url: `${grafanaUrl}/d/${alert.dashboard}`,
    },
  };
}
