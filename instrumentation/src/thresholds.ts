/** A share of the context window at which a session needs attention. */
export interface Threshold {
  /** What dashboards, alerts and the terminal call this state. */
  readonly severity: 'warning' | 'critical';
  /** Share of the context window in percent, reached or passed (`>=`). */
  readonly percent: number;
}

/** The two thresholds of the contract: save a checkpoint soon, save one now. */
export const thresholds = {
  warning: { severity: 'warning', percent: 70 },
  critical: { severity: 'critical', percent: 90 },
} as const satisfies Record<Threshold['severity'], Threshold>;
