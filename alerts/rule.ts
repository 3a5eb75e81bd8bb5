import { detailLabels, type Query, type Whole, withDetails } from '#alert-queries';
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
  /** How long it fires on when the query no longer answers, such as `10s`. Default: not at all. */
  readonly keep?: string;
  /** For the alert of a session: what its text gives the tokens of; it may use {@link detailLabels}. */
  readonly tokensOf?: Whole;
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
  readonly keep_firing_for?: string;
  /** An empty one is of the query's answer, for the text, and none of the alert. */
  readonly labels: { readonly severity: Severity } & Readonly<
    Partial<Record<(typeof detailLabels)[number], ''>>
  >;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url' | 'dashboard_url', string>>;
}

/** The rule of an alert. */
export function ruleOf(alert: Alert, { grafanaUrl, runbookBase, holdSeconds }: AlertSettings): Rule {
  const { tokensOf: whole, query } = alert;
  return {
    alert: alert.name,
    expr: whole === undefined ? query.expr : withDetails(query.expr, { windowSeconds: holdSeconds, whole }),
    ...(alert.hold !== undefined && { for: alert.hold }),
    ...(alert.keep !== undefined && { keep_firing_for: alert.keep }),
    labels: {
      severity: alert.severity,
      ...(whole !== undefined && Object.fromEntries(detailLabels.map((label) => [label, '']))),
    },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: `${runbookBase}/${alert.name}.md`,
      dashboard_url: `${grafanaUrl}/d/${alert.dashboard}`,
    },
  };
}
