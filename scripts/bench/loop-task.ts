import { median } from './statistics.ts';
import { createSubject, sawTooth, sessionIdOf, type SubjectName } from './subject.ts';
import type { Subject } from './subjects/subject.ts';

/** What is updated in a loop. */
export interface LoopOptions {
  readonly subject: SubjectName;
  readonly sessions: number;
  /** Updates in one batch; there are 11 after a first one that does not count. */
  readonly updates: number;
}

const batches = 11;

/** Nanoseconds of one update of a session's seven series: the median of the batches. */
export async function measureLoop({ subject: name, sessions, updates }: LoopOptions): Promise<number> {
  const subject = await createSubject(name, { sinkUrl: neverAnswers, exportIntervalMillis: 3_600_000 });
  const ids = Array.from({ length: sessions }, (_, index) => sessionIdOf(index));
  const batch = () => nanosecondsOf(subject, ids, updates);
  batch();
  return median(Array.from({ length: batches }, batch));
}

/** OpenTelemetry's instruments keep nothing without a reader; nothing is sent to it. */
const neverAnswers = 'http://127.0.0.1:9/v1/metrics';

function nanosecondsOf(subject: Subject, ids: readonly string[], updates: number): number {
  const nextTokens = sawTooth();
  const started = performance.now();
  for (let done = 0; done < updates; done += 1) subject.update(ids[done % ids.length]!, nextTokens());
  return ((performance.now() - started) * 1e6) / updates;
}
