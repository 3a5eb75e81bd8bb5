import type { TimeSpan } from '../../dashboards/source/past-sessions.ts';
import { UsageError } from '../../compose/system/stack-error.ts';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/**
 * Reads `--since` and `--until`: a time ago (`90m`, `24h`, `7d`) or a date (`2026-11-23`, `2026-11-23T12:00:00Z`).
 *
 * @throws UsageError naming the option, the rule and the value
 */
export function timeSpanFrom(since: string, until: string | undefined, nowMillis: number): TimeSpan {
  const endSeconds = until === undefined ? nowMillis / 1_000 : moment('--until', until, nowMillis);
  const startSeconds = moment('--since', since, nowMillis);
  if (startSeconds < endSeconds) return { startSeconds, endSeconds };
  throw new UsageError(`Expected --since to be before --until, got \`${since}\``);
}

function moment(option: string, text: string, nowMillis: number): number {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return nowMillis / 1_000 - Number(count) * (unitSeconds[unit] ?? 0);
  const millis = Date.parse(text);
  if (Number.isFinite(millis)) return millis / 1_000;
  throw new UsageError(
    `Expected ${option} to be a time ago such as 90m, 24h or 7d, or a date such as 2026-11-23T12:00:00Z, got \`${text}\``,
  );
}
