import { durationShown, percentShown, tokensShown } from './quantity.ts';
import { type Severity, severityRanks } from './severity.ts';

/** What advice on a session is given by. */
export interface AdvisedSession {
  readonly label: string;
  readonly severity: Severity;
  readonly usagePercent: number;
  readonly tokensUsed: number;
  readonly windowTokens: number;
  /** Whether the size of the window is a guess. Default: false. */
  readonly isWindowAssumed?: boolean | undefined;
  readonly secondsToFull?: number | undefined;
}

/** Farther away than this, a prediction from five minutes says nothing. */
export const farthestSeconds = 6 * 3_600;

/** `full in 12m`; nothing while the session doesn't grow. */
export function fullText(secondsToFull: number | undefined): string {
  const text = toFullText(secondsToFull);
  return text === '' || text === 'full' ? text : `full in ${text}`;
}

/** The time until a session is full, `12m`, or `full`; nothing while the session doesn't grow. */
export function toFullText(secondsToFull: number | undefined): string {
  if (secondsToFull === undefined || secondsToFull > farthestSeconds) return '';
  return secondsToFull < 1 ? 'full' : durationShown(secondsToFull);
}

const steps: Readonly<Record<Severity, string>> = {
  critical: 'Save a checkpoint or type /compact in it now.',
  warning: 'Plan a checkpoint, or type /compact at the next natural break.',
  ok: '',
};

/** Where a session stands, in one line: `92% of context, 15K left, full in 4m`; `92% of context (of 200K, assumed), …`. */
export function standingText({
  usagePercent,
  tokensUsed,
  windowTokens,
  isWindowAssumed,
  secondsToFull,
}: AdvisedSession): string {
  const left = `${tokensShown(Math.max(0, windowTokens - tokensUsed))} left`;
  const share = `${percentShown(usagePercent)} of context`;
  return [
    isWindowAssumed ? `${share} (of ${tokensShown(windowTokens)}, assumed)` : share,
    left,
    fullText(secondsToFull),
  ]
    .filter(Boolean)
    .join(', ');
}

/** What to do about a session; nothing while it has room. */
export function stepText({ severity }: AdvisedSession): string {
  return steps[severity];
}

/** Orders sessions by who needs attention first: the state, then the time to full, then the share of the window. */
export function byUrgency(a: AdvisedSession, b: AdvisedSession): number {
  return (
    severityRanks[b.severity] - severityRanks[a.severity] ||
    soon(a) - soon(b) ||
    b.usagePercent - a.usagePercent ||
    0
  );
}

// Finite, since infinity minus itself is no order.
const soon = ({ secondsToFull = farthestSeconds }: AdvisedSession) =>
  Math.min(secondsToFull, farthestSeconds);
