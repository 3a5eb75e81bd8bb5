import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SessionRegistry } from '../../registry.ts';
import {
  reportsOf,
  rightFigures,
  script,
  start,
  type Delivery,
  type Step,
} from '../cases/scripted-session.ts';
import { SessionIntake } from './session-intake.ts';
import { SessionTracker } from './session-tracker.ts';

const delays = fc.array(
  fc.record({ millis: fc.nat(600_000), isRepeated: fc.boolean(), repeatMillis: fc.nat(600_000) }),
  {
    minLength: 14 * 3,
    maxLength: 14 * 3,
  },
);

interface Late {
  readonly millis: number;
  readonly isRepeated: boolean;
  readonly repeatMillis: number;
}

/** The reports in the order of their arrival. Each is late by at most `mostMillis`, and some arrive twice. */
function delayed(
  reports: readonly Delivery[],
  late: readonly Late[],
  mostMillis: (report: Delivery['report']) => number,
): Delivery[] {
  return reports
    .flatMap(({ atMillis, report }, index) => {
      const { millis, isRepeated, repeatMillis } = late[index]!;
      const share = mostMillis(report) / 600_000;
      const first = { atMillis: atMillis + millis * share, report };
      return isRepeated ? [first, { atMillis: atMillis + repeatMillis * share, report }] : [first];
    })
    .toSorted((one, other) => one.atMillis - other.atMillis);
}

const request = (tokensUsed: number): Step => ({ kind: 'request', tokensUsed });
const compaction = (tokensAfter: number): Step => ({ kind: 'compaction', tokensAfter });
const resume: Step = { kind: 'resume' };
/** Reports that arrive at once, except some, by index. */
const promptExcept = (millis: Readonly<Record<number, number>>): Late[] =>
  Array.from({ length: 14 * 3 }, (_, index) => ({
    millis: millis[index] ?? 0,
    isRepeated: false,
    repeatMillis: 0,
  }));

/** Orders that once came out wrong. */
const examples: [Step[], Late[]][] = [
  // An event of the former process that is as late as the clock is ahead looks like one of a corrected clock.
  [
    [21_000, 22_001, resume, 23_004, 24_008, 60_213, resume, compaction(9_007)].map(stepOf),
    promptExcept({ 12: 300_000 }),
  ],
  // With a clock two hours behind, the line of a compaction looks like history, and its hook like another compaction.
  [
    [
      60_200,
      compaction(9_001),
      37_203,
      60_206,
      61_610,
      83_415,
      110_421,
      139_028,
      resume,
      140_037,
      141_047,
    ].map(stepOf),
    promptExcept({ 3: 63_692, 27: 692, 28: 207_575 }),
  ],
];

function stepOf(step: Step | number): Step {
  return typeof step === 'number' ? request(step) : step;
}

const clocks = [0, 20_000, 300_000, 7_200_000, -20_000, -300_000, -7_200_000];

test.each(clocks)(
  'any order, delay and repetition of a session’s reports gives the same result, with a clock %d ms off',
  (clockOffMillis) => {
    fc.assert(
      fc.property(script, delays, (steps, late) => {
        const deliveries = delayed(reportsOf(steps, clockOffMillis), late, () => 600_000);
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
      { numRuns: 150, examples },
    );
  },
);

/** A status line and a hook arrive at once, a transcript is read within seconds, and events can wait in a queue. */
const realistic = ({ source }: Delivery['report']) =>
  source === 'otlp' ? 600_000 : source === 'transcript' ? 2_000 : 900;

test.each(clocks)(
  'the exported figures of a session are right once all its events have arrived, with a clock %d ms off',
  (clockOffMillis) => {
    fc.assert(
      fc.property(script, delays, (steps, late) => {
        const deliveries = delayed(reportsOf(steps, clockOffMillis), late, realistic);
        const time = { millis: start };
        const clock = { now: () => time.millis, monotonic: () => time.millis };
        const registry = new SessionRegistry({ clock });
        const intake = new SessionIntake(registry, new SessionTracker({ clock }));
        for (const { atMillis, report } of deliveries) {
          time.millis = atMillis;
          intake.accept({ observations: [report], ignored: [] });
        }
        if (deliveries.length === 0) return;
        const { tokensUsed, checkpointCount, tokensSaved, ...counters } = registry.get('s1')!;
        expect({
          tokensUsed,
          checkpoints: checkpointCount,
          tokensSaved,
          warningCrossings: counters.threshold70Count,
          criticalCrossings: counters.threshold90Count,
        }).toEqual(rightFigures(steps));
      }),
      { numRuns: 150, examples },
    );
  },
);
