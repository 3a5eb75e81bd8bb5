import type { RateLimit } from '../reports/observation.ts';

/** A rate limit as a session reported it, and when its value was new. */
export interface ReportedLimit extends RateLimit {
  readonly atMillis: number;
}

/** A rate limit of an account, if the account is known. */
export interface AccountLimit extends ReportedLimit {
  readonly account?: string | undefined;
}

/** The limits of a session after a report. A status line repeats old limits until the session's next request. */
export function limitsAfter(
  before: readonly ReportedLimit[],
  reported: readonly RateLimit[],
  nowMillis: number,
): ReportedLimit[] {
  const news = reported.map((limit): ReportedLimit => {
    const known = before.find(({ window }) => window === limit.window);
    const isRepeated =
      known?.usedPercent === limit.usedPercent && known.resetsAtMillis === limit.resetsAtMillis;
    return isRepeated ? known : { ...limit, atMillis: nowMillis };
  });
  return [...before.filter(({ window }) => reported.every((limit) => limit.window !== window)), ...news];
}

/** The limits that a session reported, and its account. */
interface SessionLimits {
  readonly accountId?: string | undefined;
  readonly rateLimits?: readonly ReportedLimit[] | undefined;
}

/**
 * The limits of each account, without those that have been reset since: the newest report of any session. Sessions whose
 * account is unknown can belong to several accounts, which must not take turns: their largest report counts.
 */
export function limitsByAccount(sessions: Iterable<SessionLimits>, nowMillis: number): AccountLimit[] {
  const limits = new Map<string, AccountLimit>();
  for (const { accountId: account, rateLimits = [] } of sessions) {
    for (const limit of rateLimits) {
      if ((limit.resetsAtMillis ?? Infinity) <= nowMillis) continue;
      const key = `${limit.window} ${account ?? ''}`;
      const known = limits.get(key);
      const outranks = (one: ReportedLimit, other: ReportedLimit) =>
        account === undefined ? one.usedPercent > other.usedPercent : one.atMillis >= other.atMillis;
      if (known === undefined || outranks(limit, known)) limits.set(key, { ...limit, account });
    }
  }
  return [...limits.values()];
}
