import { median } from './statistics.ts';
import { createSubject, sawTooth, sessionIdOf, type SubjectName } from './subject.ts';
import type { Subject } from './subjects/subject.ts';

/** Options of {@link measureLoop}. */
export interface LoopOptions {
  readonly subject: SubjectName;
  readonly sessions: number;
  /** Updates per batch. The first of 12 batches does not count. */
  readonly updates: number;
}

const batches = 11;

/** Measures one update of a session's seven series. Returns the median of the batches, in nanoseconds. */
export async function measureLoop({ subject: name, sessions, updates }: LoopOptions): Promise<number> {
  const subject = await createSubject(name, { sinkUrl: neverAnswers, exportIntervalMillis: 3_600_000 });
  const ids = Array.from({ length: sessions }, (_, index) => sessionIdOf(index));
  const batch = () => nanosecondsOf(subject, ids, updates);
  batch();
  return median(Array.from({ length: batches }, batch));
}

/** OpenTelemetry's instruments keep nothing without a reader, so there is one. It never exports. */
const neverAnswers = 'http://127.0.0.1:9/v1/metrics';

function nanosecondsOf(subject: Subject, ids: readonly string[], updates: number): number {
  const nextTokens = sawTooth();
  const started = performance.now();
  for (let done = 0; done < updates; done += 1) subject.update(ids[done % ids.length]!, nextTokens());
  return ((performance.now() - started) * 1e6) / updates;
}
