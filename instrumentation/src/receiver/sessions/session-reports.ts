import type { SessionObservation } from '../reports/observation.ts';
import type { Report } from './report.ts';

/** When an observation arrived, by the receiver's clock in milliseconds, and whether it is too old to count. */
export interface Arrival {
  readonly arrivedMillis: number;
  readonly isHistory: boolean;
}

/** Converts an observation into a report, if it changes the session's figures. A figure of 0 means unknown and is ignored. */
export function reportOf(
  observation: SessionObservation,
  { arrivedMillis, isHistory }: Arrival,
): Report | undefined {
  const { source, sequence, compaction, tokensUsed, atMillis = arrivedMillis } = observation;
  const isUncounted = observation.isInherited === true || isHistory ? true : undefined;
  const shared = { source, arrivedMillis, atMillis, sequence, isUncounted };
  if (compaction !== undefined) {
    const { trigger } = compaction;
    const tokensBefore = compaction.tokensBefore || undefined;
    const tokensAfter = compaction.tokensAfter || undefined;
    return { ...shared, kind: 'compaction', trigger, tokensBefore, tokensAfter };
  }
  if (!tokensUsed) return undefined;
  const { model, requestId, unattributed } = observation;
  return { ...shared, kind: 'figure', tokensUsed, model, requestId, unattributed };
}
