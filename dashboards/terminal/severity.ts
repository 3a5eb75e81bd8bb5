import { type Threshold, thresholds } from '#thresholds';

/** How a session stands. */
export type Severity = 'ok' | Threshold['severity'];

/** How a share of the window stands: a threshold counts once it is reached. */
export function severityOf(usagePercent: number): Severity {
  if (usagePercent >= thresholds.critical.percent) return 'critical';
  return usagePercent >= thresholds.warning.percent ? 'warning' : 'ok';
}

/** How an alert of that severity counts; what is neither warning nor critical does no harm. */
export function alertSeverity(severity: string): Severity {
  const known = Object.values(thresholds).find((threshold) => threshold.severity === severity);
  return known?.severity ?? 'ok';
}

/** The mark of a state, so that it is never said by colour alone. */
export const marks: Readonly<Record<Severity, string>> = { ok: '✓', warning: '⚠', critical: '✗' };
