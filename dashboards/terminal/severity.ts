import type { Threshold, Thresholds } from '#thresholds';

/** The severity of a session or an alert. */
export type Severity = 'ok' | Threshold['severity'];

/** The severity of a share of the window. A threshold counts from its exact value. */
export function severityOf(usagePercent: number, { warning, critical }: Thresholds): Severity {
  if (usagePercent >= critical.percent) return 'critical';
  return usagePercent >= warning.percent ? 'warning' : 'ok';
}

/** The severity of an alert; any label other than `warning` and `critical` is `ok`. */
export function alertSeverity(severity: string): Severity {
  return severity === 'warning' || severity === 'critical' ? severity : 'ok';
}

/** The mark of each severity, so that colour is never its only sign. */
export const marks: Readonly<Record<Severity, string>> = { ok: '✓', warning: '⚠', critical: '✗' };
