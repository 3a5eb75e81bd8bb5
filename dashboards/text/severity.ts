/** The severity of a session or an alert. */
export type Severity = 'ok' | 'warning' | 'critical';

/** The shares of the window in percent at which a session changes its severity. */
export interface SeverityLimits {
  readonly warning: { readonly percent: number };
  readonly critical: { readonly percent: number };
}

/** The severity of a share of the window. A threshold counts from its exact value. */
export function severityOf(usagePercent: number, { warning, critical }: SeverityLimits): Severity {
  if (usagePercent >= critical.percent) return 'critical';
  return usagePercent >= warning.percent ? 'warning' : 'ok';
}

/** The severity of an alert; any label other than `warning` and `critical` is `ok`. */
export function alertSeverity(severity: string): Severity {
  return severity === 'warning' || severity === 'critical' ? severity : 'ok';
}

/** Ranks severities; the most severe has the highest rank. */
export const severityRanks: Readonly<Record<Severity, number>> = { ok: 0, warning: 1, critical: 2 };

/** The mark of each severity, so that colour is never its only sign. */
export const marks: Readonly<Record<Severity, string>> = { ok: '✓', warning: '⚠', critical: '✗' };
