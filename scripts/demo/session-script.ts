/** One action of a session. Times are milliseconds since the start of the demo, at speed 1. */
export type Step =
  | { readonly kind: 'report'; readonly atMillis: number; readonly tokensUsed: number }
  | {
      readonly kind: 'checkpoint';
      readonly atMillis: number;
      readonly tokensSaved: number;
      readonly tokensUsed: number;
    }
  | { readonly kind: 'end'; readonly atMillis: number }
  | { readonly kind: 'go-idle'; readonly atMillis: number };

/** All actions of one session. */
export interface SessionScript {
  /** A UUID. */
  readonly sessionId: string;
  /** Whether it sends that UUID as `X-Claude-Code-Session-Id`; otherwise it is known by its `Mcp-Session-Id`. */
  readonly sendsOwnId: boolean;
  readonly name: string;
  readonly project: string;
  readonly model: string;
  readonly windowTokens: number;
  readonly steps: readonly Step[];
}

/** The course of a session: it fills to each peak and checkpoints there, then fills to `last`. All in percent. */
interface Plan {
  readonly peaks: readonly number[];
  readonly last: number;
  readonly finish: 'end' | 'go-idle' | 'stay';
  readonly windowTokens?: number;
  /** Share in use when the demo starts, at once. Default: an empty session that starts within 10 s. */
  readonly first?: number;
  readonly name: string;
  readonly project: string;
}

const plans: readonly Plan[] = [
  { name: 'auth refactor', project: 'shop', peaks: [94, 91], last: 40, finish: 'end' },
  { name: 'flaky CI', project: 'billing', peaks: [74, 78], last: 60, finish: 'stay' },
  { name: 'payment bug', project: 'billing', peaks: [105], last: 30, finish: 'end' },
  { name: 'release notes', project: 'docs', peaks: [], last: 35, finish: 'end' },
  { name: 'spike: vector index', project: 'search', peaks: [], last: 55, finish: 'go-idle' },
  // It warns within 15 s, and is full until the end.
  { name: 'migrate to v3', project: 'shop', first: 68, peaks: [], last: 92, finish: 'stay' },
  {
    name: 'whole-repo review',
    project: 'search',
    peaks: [73],
    last: 45,
    finish: 'stay',
    windowTokens: 1_000_000,
  },
  { name: 'dark mode', project: 'shop', peaks: [], last: 66, finish: 'go-idle' },
];

const models = ['claude-opus-4-6', 'claude-sonnet-4-6'] as const;

/** How long the demo lasts, and the sessions that stay, in milliseconds at speed 1. */
export const demoMillis = 180_000;

/** Idle time after which the demo's server drops a session, in milliseconds at speed 1. Far longer than any turn. */
export const idleTimeoutMillis = 40_000;

/** Returns a number of at least 0 and below 1. */
export type Random = () => number;

/** The script of the session with this number. The same seed and number always give the same script. */
export function sessionScript(seed: number, index: number): SessionScript {
  const random = seededRandom(seed, index);
  const plan = plans[index % plans.length]!;
  const sessionId = randomUuid(random);
  const windowTokens = plan.windowTokens ?? 200_000;
  const round = Math.floor(index / plans.length);
  return {
    sessionId,
    sendsOwnId: index % 2 === 0,
    name: round === 0 ? plan.name : `${plan.name} ${round + 1}`,
    project: plan.project,
    model: models[index % models.length]!,
    windowTokens,
    steps: stepsOf(plan, windowTokens, random),
  };
}

function stepsOf({ first, peaks, last, finish }: Plan, windowTokens: number, random: Random): Step[] {
  const turns = new Turns(windowTokens, random, first);
  for (const peak of peaks) {
    turns.climbTo(peak);
    turns.checkpoint();
  }
  turns.climbTo(last);
  if (finish === 'stay') turns.stayUntil(demoMillis);
  else turns.finish(finish);
  return turns.steps;
}

class Turns {
  readonly steps: Step[] = [];
  readonly #windowTokens: number;
  readonly #random: Random;
  #atMillis: number;
  #percent: number;

  constructor(windowTokens: number, random: Random, first?: number) {
    this.#windowTokens = windowTokens;
    this.#random = random;
    this.#atMillis = first === undefined ? this.#between(0, 10_000) : -2_500;
    // The system prompt and the tools' descriptions, before the first message.
    this.#percent = first ?? this.#between(5, 11);
    this.#report();
  }

  climbTo(percent: number): void {
    while (this.#percent < percent) {
      this.#percent = Math.min(percent, this.#percent + this.#between(2, 6));
      this.#report();
    }
  }

  checkpoint(): void {
    const before = this.#tokens();
    this.#percent = this.#between(14, 26);
    const tokensUsed = this.#tokens();
    const atMillis = this.#nextTurn();
    this.steps.push({ kind: 'checkpoint', atMillis, tokensSaved: before - tokensUsed, tokensUsed });
  }

  stayUntil(millis: number): void {
    while (this.#atMillis < millis) {
      this.#percent += this.#between(0, 0.1);
      this.#report();
    }
  }

  finish(kind: 'end' | 'go-idle'): void {
    this.steps.push({ kind, atMillis: this.#nextTurn() });
  }

  #report(): void {
    this.steps.push({ kind: 'report', atMillis: this.#nextTurn(), tokensUsed: this.#tokens() });
  }

  #nextTurn(): number {
    return (this.#atMillis += this.#between(2_500, 4_500));
  }

  #tokens(): number {
    return Math.round((this.#percent * this.#windowTokens) / 100);
  }

  #between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }
}

/** A random number generator for one session: mulberry32, small and the same on every machine. */
export function seededRandom(seed: number, index: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A version 4 UUID from a generator's numbers. */
export function randomUuid(random: Random): string {
  return 'xxxxxxxx-xxxx-4xxx-Nxxx-xxxxxxxxxxxx'.replace(/[xN]/g, (place) =>
    Math.floor(place === 'N' ? 8 + random() * 4 : random() * 16).toString(16),
  );
}
