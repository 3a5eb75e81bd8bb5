import { optionError, type OptionCheck } from './expectation.ts';

/** A share of the context window at which a session needs attention. */
export interface Threshold<Severity extends 'warning' | 'critical' = 'warning' | 'critical'> {
  /** What dashboards, alerts and the terminal call this state. */
  readonly severity: Severity;
  /** Share of the context window in percent, reached or passed (`>=`). */
  readonly percent: number;
}

/** The two thresholds: save a checkpoint soon, save one now. */
export interface Thresholds {
  readonly warning: Threshold<'warning'>;
  readonly critical: Threshold<'critical'>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the thresholds from an environment: `CTXD_WARNING_PERCENT`, default 70, and `CTXD_CRITICAL_PERCENT`, default 90.
 *
 * Metrics, dashboards, terminal and alerts all use them; the metrics keep their names, `threshold_70` and `threshold_90`.
 *
 * @throws RangeError naming the variable that is not a percentage above 0 and up to 100, or both if they are not in order
 */
export function thresholdsFrom(env: Environment): Thresholds {
  const warning = percentIn(env, 'CTXD_WARNING_PERCENT', 70);
  const critical = percentIn(env, 'CTXD_CRITICAL_PERCENT', 90);
  if (warning >= critical) {
    throw new RangeError(
      `Expected CTXD_WARNING_PERCENT to be below CTXD_CRITICAL_PERCENT, got \`${warning}\` and \`${critical}\``,
    );
  }
  return {
    warning: { severity: 'warning', percent: warning },
    critical: { severity: 'critical', percent: critical },
  };
}

/** The thresholds of an environment without settings: 70 and 90. */
export const defaultThresholds: Thresholds = thresholdsFrom({});

/** The thresholds of this process's environment at the time of use; the defaults if the environment has a mistake. */
export const thresholds: Thresholds = {
  get warning() {
    return thresholdsOrDefault(process.env).warning;
  },
  get critical() {
    return thresholdsOrDefault(process.env).critical;
  },
};

/** Checks an option with thresholds, and names the part that is wrong. */
export const optionalThresholds: OptionCheck = (option, value) => {
  if (value === undefined) return;
  const thresholds = value as Thresholds;
  for (const severity of ['warning', 'critical'] as const) {
    const percent: unknown = (thresholds as Partial<Thresholds> | null)?.[severity]?.percent;
    if (typeof percent === 'number' && percent > 0 && percent <= 100) continue;
    throw optionError(`${option}.${severity}.percent`, 'a percentage above 0 and up to 100', percent, remedy);
  }
  const { warning, critical } = thresholds;
  if (warning.percent < critical.percent) return;
  const rule = `below \`${option}.critical.percent\`, ${critical.percent}`;
  throw optionError(`${option}.warning.percent`, rule, warning.percent, remedy);
};

const remedy = "Use `thresholdsFrom({ CTXD_WARNING_PERCENT: '70', CTXD_CRITICAL_PERCENT: '90' })`.";

function thresholdsOrDefault(env: Environment): Thresholds {
  try {
    return thresholdsFrom(env);
  } catch {
    return defaultThresholds;
  }
}

function percentIn(env: Environment, variable: string, fallback: number): number {
  const text = env[variable];
  if (text === undefined || text === '') return fallback;
  const percent = Number(text);
  if (percent > 0 && percent <= 100) return percent;
  throw new RangeError(`Expected ${variable} to be a percentage above 0 and up to 100, got \`${text}\``);
}
