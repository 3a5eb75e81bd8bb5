import { detailLabels, type Query, type Whole, withDetails } from '#queries';
import { laidOut } from './expression-layout.ts';
import type { AlertSettings } from './settings.ts';

/** How much an alert matters: `critical` now, `warning` soon, `info` good to know, `none` for the watchdog. */
type Severity = 'critical' | 'warning' | 'info' | 'none';

/** An alert as its author writes it. Its rule adds the links. */
export interface Alert {
  /** CamelCase, and the name of its runbook. */
  readonly name: string;
  readonly severity: Severity;
  readonly query: Pick<Query, 'expr'>;
  /** How long the alert is pending before it fires, such as `30s`. Default: it fires at once. */
  readonly hold?: string;
  /** How long the alert keeps firing once the query returns nothing, such as `10s`. Default: it resolves at once. */
  readonly keep?: string;
  /** For a session's alert: the size that its text compares the tokens with. The text may use the {@link detailLabels}. */
  readonly tokensOf?: Whole;
  /** The threshold that the alert is about, if it is about one. */
  readonly reached?: 'critical' | 'warning';
  /** A static sentence. */
  readonly summary: string;
  /** The session, the number and the remedy; a template. */
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
  /** An empty value drops a label that only the annotations use. */
  readonly labels: { readonly severity: Severity } & Readonly<
    Partial<Record<(typeof detailLabels)[number], ''>>
  >;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url' | 'dashboard_url', string>>;
}

/** Makes the rule of an alert. */
export function ruleOf(alert: Alert, settings: AlertSettings): Rule {
  const { tokensOf: whole, reached, query } = alert;
  const scope = { windowSeconds: settings.holdSeconds, thresholds: settings.thresholds };
  return {
    alert: alert.name,
    expr: laidOut(whole === undefined ? query.expr : withDetails(query.expr, { whole, reached }, scope)),
    ...(alert.hold !== undefined && { for: alert.hold }),
    ...(alert.keep !== undefined && { keep_firing_for: alert.keep }),
    labels: {
      severity: alert.severity,
      ...(whole !== undefined && Object.fromEntries(detailLabels.map((label) => [label, '']))),
    },
    annotations: {
      summary: alert.summary,
      description: alert.description,
      runbook_url: `${settings.runbookBase}/${alert.name}.md`,
      dashboard_url: `${settings.grafanaUrl}/d/${alert.dashboard}`,
    },
  };
}
