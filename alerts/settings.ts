import { defaultThresholds, type Thresholds } from '#thresholds';

/** When alerts fire, how often their rules are evaluated, and where they link to. */
export interface AlertSettings {
  /** The thresholds of the context window. Default: 70 and 90. */
  readonly thresholds: Thresholds;
  /** Where Grafana is, or `undefined` without Grafana: then alerts have no link to it. Default: the stack's own. */
  readonly grafanaUrl: string | undefined;
  /** Folder or URL of the runbooks. Default: their folder, relative to the repository. */
  readonly runbookBase: string;
  /** Seconds between two evaluations of the urgent rules. Default 1, which notifies 3 s sooner than 5 would. */
  readonly intervalSeconds: number;
  /** Seconds between two evaluations of the slow rules. Default 15. */
  readonly slowIntervalSeconds: number;
  /**
   * Seconds for which a crossing of a threshold keeps its alert firing, default 10; at least the export interval plus 5. The
   * critical alert resolves 10 to 13 s after a checkpoint or the end of the session, lesser ones 4 s later, but none before this hold
   * plus 10 s or 14 s have passed. A usage that swings around a threshold faster than that does not flap.
   */
  readonly holdSeconds: number;
  /** Share of the compaction point at which ContextCompactionImminent fires, in percent. Default 95. */
  readonly compactionPercent: number;
  /** Percentage points within 5 minutes at which ContextFillingFast fires. Default 25. */
  readonly fastPoints: number;
  /** Minutes left at which ContextFullSoon fires. Default 10. */
  readonly fullSoonMinutes: number;
  /** Minutes above the critical threshold without a checkpoint after which CheckpointOverdue fires. Default 10. */
  readonly overdueMinutes: number;
  /** Share of a rate limit at which RateLimitNearlyReached fires, in percent. Default: the critical threshold. */
  readonly rateLimitPercent: number;
}

/** Completes settings with the defaults. */
export function alertSettings(given: Partial<AlertSettings> = {}): AlertSettings {
  const { thresholds = defaultThresholds } = given;
  return {
    thresholds,
    grafanaUrl: 'http://127.0.0.1:3000',
    runbookBase: 'alerts/runbooks',
    intervalSeconds: 1,
    slowIntervalSeconds: 15,
    holdSeconds: 10,
    compactionPercent: 95,
    fastPoints: 25,
    fullSoonMinutes: 10,
    overdueMinutes: 10,
    rateLimitPercent: thresholds.critical.percent,
    ...given,
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

const numbers = {
  CTXD_ALERT_COMPACTION_PERCENT: ['compactionPercent', 1, 100],
  CTXD_ALERT_FAST_POINTS: ['fastPoints', 1, 100],
  CTXD_ALERT_FULL_SOON_MINUTES: ['fullSoonMinutes', 1, 1_440],
  CTXD_ALERT_HOLD_SECONDS: ['holdSeconds', 6, 300],
  CTXD_ALERT_INTERVAL_SECONDS: ['intervalSeconds', 1, 60],
  CTXD_ALERT_OVERDUE_MINUTES: ['overdueMinutes', 1, 1_440],
  CTXD_ALERT_RATE_LIMIT_PERCENT: ['rateLimitPercent', 1, 100],
} as const satisfies Record<string, readonly [keyof AlertSettings, number, number]>;

/** The variables that {@link alertSettingsFrom} reads. */
export const settingVariables: readonly string[] = [
  ...Object.keys(numbers),
  'CTXD_ALERT_GRAFANA_URL',
  'CTXD_ALERT_RUNBOOK_BASE',
];

/**
 * Reads the settings that the environment sets.
 *
 * @throws RangeError naming the variable, the rule and the value
 */
export function alertSettingsFrom(env: Environment): Partial<AlertSettings> {
  const given = Object.entries(numbers).filter(([variable]) => env[variable]);
  const runbookBase = env['CTXD_ALERT_RUNBOOK_BASE'];
  const settings: Partial<AlertSettings> = {
    ...Object.fromEntries(
      given.map(([variable, [setting, least, most]]) => [setting, numberIn(env, variable, least, most)]),
    ),
    ...(runbookBase && { runbookBase }),
  };
  expectLongHold(alertSettings(settings));
  expectUrl(env, 'CTXD_ALERT_GRAFANA_URL');
  return settings;
}

function expectUrl(env: Environment, variable: string): void {
  const url = env[variable];
  if (!url || (URL.canParse(url) && /^https?:/.test(url))) return;
  throw new RangeError(`Expected ${variable} to be an http or https address, got \`${url}\``);
}

/** If the hold were shorter than the evaluation interval, a crossing could pass unnoticed. */
function expectLongHold({ holdSeconds, intervalSeconds }: AlertSettings): void {
  if (holdSeconds >= intervalSeconds + 5) return;
  throw new RangeError(
    `Expected CTXD_ALERT_HOLD_SECONDS to be at least 5 more than CTXD_ALERT_INTERVAL_SECONDS, got \`${holdSeconds}\` and \`${intervalSeconds}\``,
  );
}

function numberIn(env: Environment, variable: string, least: number, most: number): number {
  const number = Number(env[variable]);
  if (number >= least && number <= most) return number;
  throw new RangeError(
    `Expected ${variable} to be a number from ${least} to ${most}, got \`${env[variable]}\``,
  );
}
