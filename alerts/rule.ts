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
  /** The session and the number, in a sentence; a template. Without `advice` it includes what to do. */
  readonly description: string;
  /** One sentence on what to do. Default: the description. */
  readonly advice?: string;
  /** The title of a notification, for a locked phone; a template. Default: the summary. */
  readonly title?: string;
  /** The title when the alert resolves; a template. Default: `Over: ` and the summary. */
  readonly resolved?: string;
  /** Path of the dashboard below Grafana's address; a template. */
  readonly dashboard: string;
}

const annotationNames = [
  'summary',
  'description',
  'title',
  'advice',
  'resolved',
  'runbook_url',
  'dashboard_url',
] as const;

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
  readonly annotations: Readonly<Record<(typeof annotationNames)[number], string>>;
}

/** A rule that writes the result of its expression as a series. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Makes the rule of an alert. */
export function ruleOf(alert: Alert, settings: AlertSettings): Rule {
  const { tokensOf: whole, reached, query, summary, description, advice } = alert;
  const { holdSeconds: windowSeconds, thresholds } = settings;
  const scope = { windowSeconds, thresholds };
  const glance = withoutStop(summary);
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
      summary,
      description: advice === undefined ? description : `${description} ${advice}`,
      title: `${severityMarks[alert.severity]} ${alert.title ?? glance}`,
      advice: advice ?? description,
      resolved: `✓ ${alert.resolved ?? `Over: ${glance}`}`,
      runbook_url: `${settings.runbookBase}/${alert.name}.md`,
      dashboard_url: settings.grafanaUrl === undefined ? '' : `${settings.grafanaUrl}/d/${alert.dashboard}`,
    },
  };
}

/** The mark of a severity, so that a title shows it without colour. */
const severityMarks: Readonly<Record<Severity, string>> = {
  critical: '✗',
  warning: '⚠',
  info: 'ℹ',
  none: 'ℹ',
};

const withoutStop = (sentence: string) => sentence.replace(/\.$/, '');
