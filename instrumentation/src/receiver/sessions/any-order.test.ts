import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SessionObservation } from '../reports/observation.ts';
import { SessionTracker } from './session-tracker.ts';

const start = Date.UTC(2026, 10, 27);
const windowTokens = 200_000;
const stepMillis = 7_000;

/** One step of a session: a request, or a compaction with the tokens after it. */
type Step =
  | { readonly kind: 'request'; readonly tokensUsed: number }
  | { readonly kind: 'compaction'; readonly tokensAfter: number }
  | { readonly kind: 'resume' };

interface Delivery {
  readonly atMillis: number;
  readonly report: SessionObservation;
}

/** The expected result of a script, computed from the script alone. */
function rightFigures(steps: readonly Step[]) {
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
function reportsOf(steps: readonly Step[], clockOffMillis: number): Delivery[] {
  let sequence = 400;
  let tokensBefore = 0;
  return steps.flatMap((step, index): Delivery[] => {
    const atMillis = start + index * stepMillis;
    sequence += 3;
    const session = { sessionId: 's1', model: 'claude-haiku-4-5' } as const;
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
const script = fc
  .array(fc.record({ kind: fc.nat(9), share: fc.nat(100) }), { minLength: 1, maxLength: 14 })
  .map((choices) => {
    let tokensUsed = 20_000;
    return choices.map(({ kind, share }, index): Step => {
      if (kind === 9) return { kind: 'resume' };
      if (kind >= 7 && tokensUsed > 60_000) {
        tokensUsed = 9_000 + index;
        return { kind: 'compaction', tokensAfter: tokensUsed };
      }
      tokensUsed = Math.min(tokensUsed + 400 * share + 1_000 + index, 199_000 + index);
      return { kind: 'request', tokensUsed };
    });
  });

const delays = fc.array(
  fc.record({ millis: fc.nat(600_000), isRepeated: fc.boolean(), repeatMillis: fc.nat(600_000) }),
  {
    minLength: 14 * 3,
    maxLength: 14 * 3,
  },
);

test.each([0, 20_000, 300_000, 7_200_000, -20_000, -300_000, -7_200_000])(
  'any order, delay and repetition of a session’s reports gives the same result, with a clock %d ms off',
  (clockOffMillis) => {
    fc.assert(
      fc.property(script, delays, (steps, late) => {
        const deliveries = reportsOf(steps, clockOffMillis)
          .flatMap(({ atMillis, report }, index) => {
            const { millis, isRepeated, repeatMillis } = late[index]!;
            const first = { atMillis: atMillis + millis, report };
            return isRepeated ? [first, { atMillis: atMillis + repeatMillis, report }] : [first];
          })
          .toSorted((one, other) => one.atMillis - other.atMillis);
        const time = { millis: start };
        const tracker = new SessionTracker({
          clock: { now: () => time.millis, monotonic: () => time.millis },
        });
        for (const { atMillis, report } of deliveries) {
          time.millis = atMillis;
          tracker.observe(report);
        }
        if (deliveries.length === 0) return;
        const { figure, ...account } = tracker.session('s1')!.account;
        expect({ ...account, tokensUsed: figure?.tokensUsed }).toMatchObject(rightFigures(steps));
      }),
      { numRuns: 150 },
    );
  },
);
