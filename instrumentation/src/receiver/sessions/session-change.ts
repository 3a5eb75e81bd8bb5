import type { Usage } from '../../usage.ts';
import {
  closeCompaction,
  isSharpFall,
  noteCompaction,
  type CompactionNews,
  type Testimony,
} from './compaction.ts';
import { judge, type Measurement, type Verdict } from './measurement.ts';
import type { IgnoredReason, SessionObservation } from '../reports/observation.ts';
import { describeModel, type TrackedSession } from './tracked-session.ts';

/**
 * What the registry is to do. `seen` brings a session back that it has let go, and is no report of usage otherwise; a session
 * that `lingers` is to end a little later, so that its last figures are exported.
 */
export type RegistryOperation =
  | { readonly kind: 'seen' | 'update'; readonly sessionId: string; readonly usage: Usage }
  | { readonly kind: 'checkpoint' | 'saved'; readonly sessionId: string; readonly tokensSaved: number }
  | { readonly kind: 'end'; readonly sessionId: string; readonly lingers: boolean };

/** What one observation changes in one session: the session itself, and the operations that follow. */
export class SessionChange {
  readonly operations: RegistryOperation[] = [];
  readonly ignored: IgnoredReason[] = [];
  readonly #session: TrackedSession;
  readonly #nowMillis: number;
  readonly #windowTokens: () => number;
  readonly #windowTokensBefore: number;

  constructor(session: TrackedSession, nowMillis: number, windowTokens: () => number) {
    this.#session = session;
    this.#nowMillis = nowMillis;
    this.#windowTokens = windowTokens;
    this.#windowTokensBefore = windowTokens();
  }

  /** Takes over an observation's figures. */
  apply(observation: SessionObservation, atMillis: number): void {
    if (this.#session.measurement !== undefined) this.#push('seen');
    if (observation.compaction !== undefined) this.#compact(observation, atMillis);
    else if (observation.tokensUsed !== undefined) this.#measure(observation, atMillis);
    const resized = this.#windowTokens() !== this.#windowTokensBefore;
    if (resized && this.#session.measurement !== undefined) this.#push('update');
  }

  #measure({ source, sequence, tokensUsed = 0, model }: SessionObservation, atMillis: number): void {
    if (source === 'statusline' && this.#isShownAgain(tokensUsed)) return;
    const before = this.#session.measurement;
    const verdict = this.#take({ tokensUsed, source, atMillis, sequence }, model);
    if (verdict === 'newer') this.#noteFall(before, atMillis);
    else if (verdict !== 'same') this.ignored.push(verdict);
  }

  #compact({ source, sequence, requestId, compaction }: SessionObservation, atMillis: number): void {
    const { trigger, tokensBefore, tokensAfter } = compaction!;
    const testimony: Testimony = {
      ...compaction!,
      witness: source,
      key: `${requestId ?? sequence ?? ''}@${atMillis}`,
      atMillis,
      lastTokensUsed: this.#session.measurement?.tokensUsed,
    };
    // The figure first, so that a session that nobody measured before exists when its checkpoint is recorded.
    if (tokensAfter !== undefined) this.#take({ tokensUsed: tokensAfter, source, atMillis, sequence });
    if (!this.#note(testimony)) this.ignored.push('duplicate');
    else if (trigger === 'auto' && tokensBefore !== undefined) this.#learn(tokensBefore);
  }

  #push(kind: 'seen' | 'update'): void {
    const { sessionId, measurement, model } = this.#session;
    const usage = { tokensUsed: measurement?.tokensUsed ?? 0, windowTokens: this.#windowTokens(), model };
    this.operations.push({ kind, sessionId, usage });
  }

  #isShownAgain(tokensUsed: number): boolean {
    const shownBefore = this.#session.statuslineTokensUsed;
    this.#session.statuslineTokensUsed = tokensUsed;
    return shownBefore === tokensUsed;
  }

  #take(candidate: Measurement, model?: string): Verdict {
    const { measurement, compactions } = this.#session;
    const verdict =
      candidate.atMillis < this.#past(compactions.at(-1)?.atMillis ?? 0)
        ? 'late'
        : judge(candidate, measurement && { ...measurement, atMillis: this.#past(measurement.atMillis) });
    if (verdict !== 'newer') return verdict;
    describeModel(this.#session, model);
    this.#session.measurement = candidate;
    this.#peak(candidate.tokensUsed);
    this.#push('update');
    return verdict;
  }

  /** A clock that was set back must not make everything late that comes now. */
  #past(atMillis: number): number {
    return Math.min(atMillis, this.#nowMillis);
  }

  #peak(tokensUsed: number): void {
    this.#session.peakTokensUsed = Math.max(this.#session.peakTokensUsed, tokensUsed);
  }

  #noteFall(before: Measurement | undefined, atMillis: number): void {
    const { measurement, compactions } = this.#session;
    const { tokensUsed: tokensAfter } = measurement!;
    const closed = closeCompaction(compactions, tokensAfter);
    if (closed !== undefined) return this.#count(closed);
    if (before === undefined || !this.#isCompaction(before, measurement!)) return;
    const { tokensUsed: lastTokensUsed } = before;
    const key = String(atMillis);
    this.#note({ witness: 'fall', key, atMillis, trigger: 'unknown', lastTokensUsed, tokensAfter });
  }

  // Programs that report through the API record their own checkpoints, and an estimate's fall means nothing.
  #isCompaction(before: Measurement, after: Measurement): boolean {
    const measured = [before, after].every(({ source }) => source !== 'api' && source !== 'estimate');
    return measured && isSharpFall(before.tokensUsed, after.tokensUsed, this.#windowTokens());
  }

  #note(testimony: Testimony): boolean {
    const news = noteCompaction(this.#session.compactions, testimony);
    if (news !== undefined) this.#count(news);
    if (news !== undefined) this.#peak(testimony.tokensBefore ?? 0);
    return news !== undefined;
  }

  #count({ compactions, isNew, tokensSaved }: CompactionNews): void {
    this.#session.compactions = compactions;
    const { sessionId } = this.#session;
    if (isNew) this.operations.push({ kind: 'checkpoint', sessionId, tokensSaved });
    else if (tokensSaved > 0) this.operations.push({ kind: 'saved', sessionId, tokensSaved });
  }

  #learn(tokensBefore: number): void {
    const windowTokens = this.#windowTokens();
    if (tokensBefore < windowTokens / 10 || tokensBefore > windowTokens) return;
    this.#session.learnedThresholdTokens = tokensBefore;
  }
}
