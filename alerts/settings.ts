import { thresholds } from '#thresholds';

/** When alerts fire, how often their rules look, and where their links lead. */
export interface AlertSettings {
  /** Where Grafana is. Default: the stack's own. */
  readonly grafanaUrl: string;
  /** Folder or URL that holds the runbooks. Default: their folder, relative to the repository. */
  readonly runbookBase: string;
  /** Time between two evaluations of what must be told at once, in seconds. Default 1: 3 s sooner than with 5. */
  readonly intervalSeconds: number;
  /** Time between two evaluations of what takes minutes to come about, in seconds. Default 15. */
  readonly slowIntervalSeconds: number;
  /**
   * How long the crossing of a threshold is held, in seconds; default 10. At least the export interval and 5 s. The critical
   * alert resolves 10 s after a checkpoint or an end, the lesser ones 4 s later, but none sooner than so long after the hold,
   * and a usage that swings around a threshold faster doesn't flap.
   */
  readonly holdSeconds: number;
  /** Share of the compaction point that ContextCompactionImminent fires at, in percent. */
  readonly compactionPercent: number;
  /** Percentage points within 5 minutes that ContextFillingFast fires at. */
  readonly fastPoints: number;
  /** Minutes left that ContextFullSoon fires at. */
  readonly fullSoonMinutes: number;
  /** Minutes above the critical threshold without a checkpoint that CheckpointOverdue fires after. */
  readonly overdueMinutes: number;
  /** Share of a rate limit that RateLimitNearlyReached fires at, in percent. */
  readonly rateLimitPercent: number;
}

/** What holds where nobody says otherwise. */
export const defaultSettings: AlertSettings = {
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
};

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
export const settingVariables: readonly string[] = [...Object.keys(numbers), 'CTXD_ALERT_RUNBOOK_BASE'];

/**
 * The settings by the environment; what it does not say stays as it is by default.
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
  refuseMissing({ ...defaultSettings, ...settings });
  return settings;
}

/** What is held shorter than it takes to look again could come and go unseen. */
function refuseMissing({ holdSeconds, intervalSeconds }: AlertSettings): void {
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
