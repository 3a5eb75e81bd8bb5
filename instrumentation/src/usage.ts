import { shown } from './expectation.ts';

/** One usage report of a session: the current state, never a sum over turns. */
export interface Usage {
  /** Tokens in the context window now: input, cache creation and cache read tokens. A number from 0 to 2^53 - 1. */
  readonly tokensUsed: number;
  /** Size of the context window in tokens. A number from 1 to 2^53 - 1. Default: the last reported size, else 200,000. */
  readonly windowTokens?: number | undefined;
  /** The model's id, for display only. */
  readonly model?: string | undefined;
}

/** One checkpoint. */
export interface Checkpoint {
  /** Tokens that the checkpoint removed from the context window. A number from 0 to 2^53 - 1. */
  readonly tokensSaved: number;
}

/** Why a report, a checkpoint or the end of a session was refused. */
export type UsageRefusal =
  | 'not_an_object'
  | 'not_a_number'
  | 'not_finite'
  | 'negative'
  | 'too_small'
  | 'too_large'
  | 'invalid_session_id'
  | 'unknown_session';

/**
 * Why a call changed nothing. A call that was accepted returns `undefined` instead. The `message` names the field, the rule
 * and the value.
 */
export interface Refusal<Reason extends string = UsageRefusal> {
  readonly reason: Reason;
  readonly message: string;
}

/** The default size of a context window, in tokens. */
export const defaultWindowTokens = 200_000;

/** Checks a usage report. Returns `undefined`, or why it is refused. Pure. */
export function refuseUsage(usage: Usage): Refusal | undefined {
  if (!isObject(usage)) return notAnObject('usage', usage);
  return (
    refuseTokens('tokensUsed', usage.tokensUsed, 0) ??
    (usage.windowTokens === undefined ? undefined : refuseTokens('windowTokens', usage.windowTokens, 1))
  );
}

/** Checks a checkpoint. Returns `undefined`, or why it is refused. Pure. */
export function refuseCheckpoint(checkpoint: Checkpoint): Refusal | undefined {
  if (!isObject(checkpoint)) return notAnObject('checkpoint', checkpoint);
  return refuseTokens('tokensSaved', checkpoint.tokensSaved, 0);
}

/**
 * Share of the context window in use, in percent; can exceed 100.
 * Multiplies before it divides, so that 140,000 of 200,000 is exactly 70.
 */
export function usagePercentOf(tokensUsed: number, windowTokens: number): number {
  return (tokensUsed * 100) / windowTokens;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function notAnObject(name: string, value: unknown): Refusal {
  return { reason: 'not_an_object', message: `Expected \`${name}\` to be an object, got ${shown(value)}` };
}

function refuseTokens(field: string, value: unknown, least: number): Refusal | undefined {
  const reason = refuseNumber(value, least);
  if (reason === undefined) return undefined;
  const rule = `a number from ${least} to 2^53 - 1`;
  return { reason, message: `Expected \`${field}\` to be ${rule}, got ${shown(value)}` };
}

function refuseNumber(value: unknown, least: number): UsageRefusal | undefined {
  if (typeof value !== 'number') return 'not_a_number';
  if (!Number.isFinite(value)) return 'not_finite';
  if (value < 0) return 'negative';
  if (value < least) return 'too_small';
  return value > Number.MAX_SAFE_INTEGER ? 'too_large' : undefined;
}
