import { alertKey, type RulesView } from './store.ts';

/** The alert that vmalert fires while nothing arrives from the receiver or the collector. */
export const blindName = 'CtxdBlind';

/** What the watch knows of the stack. */
export type Sight = 'sees' | 'catches up' | 'blind' | 'unknown';

/** Rules are evaluated every 5 s at most, and the receiver exports every second. */
const silentSeconds = 15;

/**
 * Whether alerts can be trusted.
 *
 * @param rules what the store says; `undefined` if it does not answer
 * @returns `catches up` while rules are evaluated on old samples, which is for vmalert to tell; `unknown` if no rule was
 *   evaluated within the last hour, as in a stack without vmalert
 */
export function sightOf(rules: RulesView | undefined): Sight {
  if (rules === undefined) return 'blind';
  const { evaluatedSecondsAgo, reportedSecondsAgo, firing } = rules;
  if (evaluatedSecondsAgo === undefined) return 'unknown';
  if (evaluatedSecondsAgo > silentSeconds) return 'blind';
  const isFresh = reportedSecondsAgo !== undefined && reportedSecondsAgo <= silentSeconds;
  return isFresh && !firing.has(alertKey({ alertname: blindName })) ? 'sees' : 'catches up';
}

/** A restart of a part takes less. */
export const blindAfterMillis = 20_000;
/** The same for a stack that has just been started: the receiver may be up long before the rest. */
const blindAtStartMillis = 60_000;

/**
 * Whether the user is to hear of it.
 *
 * @param blindMillis for how long it has been blind
 * @param hasSeen whether it saw before, since the receiver started
 */
export function isBlindForLong(blindMillis: number, hasSeen: boolean): boolean {
  return blindMillis >= (hasSeen ? blindAfterMillis : blindAtStartMillis);
}

/** Measures how long something has been the case without a break. */
export class Spell<State> {
  #state: State | undefined;
  #sinceMillis = 0;
  #lastMillis = -Infinity;

  /**
   * Takes the present state.
   *
   * @returns the milliseconds for which it has been the same; 0 after a pause of more than 30 s, such as a laptop's sleep,
   *   during which nobody looked
   */
  note(state: State, nowMillis: number): number {
    if (state !== this.#state || nowMillis - this.#lastMillis > 30_000) this.#sinceMillis = nowMillis;
    this.#state = state;
    this.#lastMillis = nowMillis;
    return nowMillis - this.#sinceMillis;
  }
}
