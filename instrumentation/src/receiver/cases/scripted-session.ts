import fc from 'fast-check';
import type { SessionObservation } from '../reports/observation.ts';

/** When a scripted session starts, in wall-clock milliseconds. */
export const start = Date.UTC(2026, 10, 27);
const windowTokens = 200_000;
const stepMillis = 7_000;

/** One step of a session: a request, or a compaction with the tokens after it. */
export type Step =
  | { readonly kind: 'request'; readonly tokensUsed: number }
  | { readonly kind: 'compaction'; readonly tokensAfter: number }
  | { readonly kind: 'resume' };

/** A report, and the moment that it is about. */
export interface Delivery {
  readonly atMillis: number;
  readonly report: SessionObservation;
}

/** The expected result of a script, computed from the script alone. */
export function rightFigures(steps: readonly Step[]) {
  const right = { tokensUsed: 0, checkpoints: 0, tokensSaved: 0, warningCrossings: 0, criticalCrossings: 0 };
  let peak = 0;
  for (const step of steps) {
    if (step.kind === 'request') {
      right.tokensUsed = step.tokensUsed;
      right.warningCrossings += Number(peak < 140_000 && step.tokensUsed >= 140_000);
      right.criticalCrossings += Number(peak < 180_000 && step.tokensUsed >= 180_000);
      peak = Math.max(peak, step.tokensUsed);
    }
    if (step.kind === 'compaction') {
      right.checkpoints += 1;
      right.tokensSaved += right.tokensUsed - step.tokensAfter;
      right.tokensUsed = step.tokensAfter;
      peak = 0;
    }
  }
  return right;
}

/** Every report on a script: each request and compaction, from each source that reports it. */
export function reportsOf(steps: readonly Step[], clockOffMillis: number, sessionId = 's1'): Delivery[] {
  let sequence = 400;
  let tokensBefore = 0;
  return steps.flatMap((step, index): Delivery[] => {
    const atMillis = start + index * stepMillis;
    sequence += 3;
    const session = { sessionId, model: 'claude-haiku-4-5' } as const;
    const event = { ...session, source: 'otlp', sequence, atMillis: atMillis + clockOffMillis } as const;
    const line = { ...session, source: 'transcript', atMillis: atMillis + clockOffMillis - 40 } as const;
    if (step.kind === 'resume') sequence = 0;
    if (step.kind === 'resume') return [];
    if (step.kind === 'request') {
      const { tokensUsed } = step;
      tokensBefore = tokensUsed;
      const shown = { ...session, source: 'statusline', tokensUsed, windowTokens } as const;
      return [{ ...event, tokensUsed }, { ...line, tokensUsed }, shown].map((report) => ({
        atMillis,
        report,
      }));
    }
    const compaction = { trigger: 'auto', tokensBefore, tokensAfter: step.tokensAfter } as const;
    tokensBefore = step.tokensAfter;
    return [
      { ...event, compaction },
      { ...line, compaction: { trigger: 'auto', tokensBefore: compaction.tokensBefore } as const },
      { ...session, source: 'hook', compaction: { trigger: 'auto' } } as const,
    ].map((report) => ({ atMillis, report }));
  });
}

/** Scripts whose steps have different sizes, so that each figure belongs to one request. */
export const script = fc
  .array(fc.record({ kind: fc.nat(9), share: fc.nat(100) }), { minLength: 1, maxLength: 14 })
  .map((choices) => {
    let tokensUsed = 20_000;
    const known = new Set<number>();
    return choices.map(({ kind, share }, index): Step => {
      if (kind === 9) return { kind: 'resume' };
      if (kind >= 7 && tokensUsed > 60_000) {
        tokensUsed = 9_000 + index;
        return { kind: 'compaction', tokensAfter: tokensUsed };
      }
      tokensUsed = Math.min(tokensUsed + 400 * share + 1_000 + index, 199_000 + index);
      while (known.has(tokensUsed)) tokensUsed += 1;
      known.add(tokensUsed);
      return { kind: 'request', tokensUsed };
    });
  });
