import type { SessionCounters } from '../../session.ts';
import type { Usage } from '../../usage.ts';
import type { TrackedSession } from './tracked-session.ts';

/**
 * A change to the registry. `update` sets a session's figures; `seen` only brings back a session that the registry has
 * dropped, and marks it as active; `keep` does the same without counting as activity. A session that `lingers` ends a
 * little later, so that its last figures are exported.
 */
export type RegistryOperation =
  | {
      readonly kind: 'seen' | 'keep' | 'update';
      readonly sessionId: string;
      readonly usage: Usage;
      readonly counters: SessionCounters;
      /** Wall-clock time of the activity in milliseconds. */
      readonly atMillis: number;
      /** Whether the session is active, rather than only described. */
      readonly isActivity: boolean;
    }
  | { readonly kind: 'end'; readonly sessionId: string; readonly lingers: boolean };

/** The figures of a session as an operation; `undefined` before the first figure. */
export function operationOf<Kind extends 'seen' | 'keep' | 'update'>(
  kind: Kind,
  { sessionId, account, model }: TrackedSession,
  windowTokens: number,
  atMillis: number,
) {
  const { figure } = account;
  if (figure === undefined) return undefined;
  const usage = { tokensUsed: figure.tokensUsed, windowTokens, model };
  const counters = {
    checkpointCount: account.checkpoints,
    tokensSaved: account.tokensSaved,
    threshold70Count: account.warningCrossings,
    threshold90Count: account.criticalCrossings,
    threshold70Hit: account.isWarningReached,
    threshold90Hit: account.isCriticalReached,
  };
  return { kind, sessionId, usage, counters, atMillis, isActivity: true };
}
