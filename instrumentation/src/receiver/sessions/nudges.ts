import { thresholdsFrom, type Thresholds } from '../../thresholds.ts';
import { usagePercentOf } from '../../usage.ts';
import type { SessionIntake } from './session-intake.ts';

/** The sentence for a session, unless the user sets another one. */
const defaultNudge =
  'The context window is {percent} % full ({left} tokens left). Save a checkpoint of your work before you continue.';

/** A sentence for a session, and what to call once it is delivered. */
export interface Nudge {
  readonly text: string;
  readonly delivered: () => void;
}

/** How {@link Nudges} decides. */
export interface NudgeOptions {
  /** The sentence, with `{percent}` and `{left}` to fill in. Default: {@link defaultNudge}. */
  readonly text?: string | undefined;
  /** Default: from the environment of this process. */
  readonly thresholds?: Thresholds | undefined;
  /** Share of the compaction point at which a session is near it, in percent. Default 95. */
  readonly compactionPercent?: number | undefined;
}

/**
 * Decides when a session itself is to read how full its window is: once per crossing of a threshold, and once near its
 * compaction point. A checkpoint re-arms both.
 */
export class Nudges {
  readonly #intake: SessionIntake;
  readonly #text: string;
  readonly #compactionPercent: number;
  readonly #thresholds: Thresholds;

  constructor(
    intake: SessionIntake,
    {
      text = defaultNudge,
      compactionPercent = 95,
      thresholds = thresholdsFrom(process.env),
    }: NudgeOptions = {},
  ) {
    this.#intake = intake;
    this.#text = text;
    this.#compactionPercent = compactionPercent;
    this.#thresholds = thresholds;
  }

  /** The sentence that is due for a session; `undefined` if there is none, or the size of its window is only assumed. */
  due(sessionId: string): Nudge | undefined {
    const { tracker } = this.#intake;
    // A session that has ended is here, too: it may be resumed with this prompt.
    const { account, nudged } = tracker.session(sessionId) ?? {};
    const details = tracker.details(sessionId);
    if (!account?.figure || !details || details.windowSource === 'default') return undefined;
    const { tokensUsed } = account.figure;
    const { windowTokens, compactionThresholdTokens: point } = details;
    const usagePercent = usagePercentOf(tokensUsed, windowTokens);
    const { warning, critical } = this.#thresholds;
    const level = usagePercent >= critical.percent ? 2 : usagePercent >= warning.percent ? 1 : 0;
    const isNear = tokensUsed * 100 >= point * this.#compactionPercent;
    const before = nudged?.checkpoints === account.checkpoints ? nudged : undefined;
    if (level <= (before?.level ?? 0) && (!isNear || before?.isNear)) return undefined;
    const whole = isNear && tokensUsed < point ? Math.min(point, windowTokens) : windowTokens;
    return {
      text: filledIn(this.#text, tokensUsed, whole),
      delivered: () => {
        tracker.noteNudge(sessionId, {
          checkpoints: account.checkpoints,
          level: Math.max(level, before?.level ?? 0),
          isNear: isNear || before?.isNear === true,
        });
        this.#intake.noteChange();
      },
    };
  }
}

function filledIn(text: string, tokensUsed: number, whole: number): string {
  const left = Math.max(0, whole - tokensUsed);
  return text
    .replaceAll('{percent}', String(Math.floor((100 * tokensUsed) / whole)))
    .replaceAll('{left}', left < 10_000 ? `${(left / 1_000).toFixed(1)}k` : `${Math.floor(left / 1_000)}k`);
}
