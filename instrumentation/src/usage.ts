import { shown } from './expectation.ts';

/** What one report says about a session: the newest snapshot, never a sum over turns. */
export interface Usage {
  /** Tokens in the context window now: input, cache creation and cache read tokens together. At least 0. */
  readonly tokensUsed: number;
  /** Size of the context window in tokens. At least 1. Default: what was reported before, else 200,000. */
  readonly windowTokens?: number | undefined;
  /** The model's id, kept for display only. */
  readonly model?: string | undefined;
}

/** What one checkpoint brought. */
export interface Checkpoint {
  /** Tokens that the checkpoint took out of the context window. At least 0. */
  readonly tokensSaved: number;
}

/** Why a report changed nothing. */
export type UsageRefusal =
  | 'not_an_object'
  | 'not_a_number'
  | 'not_finite'
  | 'negative'
  | 'too_small'
  | 'too_large'
  | 'invalid_session_id'
  | 'unknown_session';

/** A refused report: `reason` for the self-metric, `message` naming the field, the rule and the value. */
export interface Refusal {
  readonly reason: UsageRefusal;
  readonly message: string;
}

/** The window of a session that nobody told more about, in tokens (the contract's figure). */
export const defaultWindowTokens = 200_000;

/** Says what is wrong with a usage report, or `undefined` if nothing is. Pure. */
export function refuseUsage(usage: Usage): Refusal | undefined {
  if (!isObject(usage)) return notAnObject('usage', usage);
  return (
    refuseTokens('tokensUsed', usage.tokensUsed, 0) ??
    (usage.windowTokens === undefined ? undefined : refuseTokens('windowTokens', usage.windowTokens, 1))
  );
}

/** Says what is wrong with a checkpoint, or `undefined` if nothing is. Pure. */
export function refuseCheckpoint(checkpoint: Checkpoint): Refusal | undefined {
  if (!isObject(checkpoint)) return notAnObject('checkpoint', checkpoint);
  return refuseTokens('tokensSaved', checkpoint.tokensSaved, 0);
}

/**
 * Share of the context window in percent; above 100 when the window is over-full.
 * Multiplied before it is divided, so that 140,000 of 200,000 is 70 to the last bit.
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
