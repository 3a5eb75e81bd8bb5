import { createSubject, sessionIdOf, type SubjectName } from './subject.ts';

/** Options of {@link measureMemory}. */
export interface MemoryOptions {
  readonly subject: SubjectName;
  readonly sessions: number;
}

/** Measures the heap of one session with its id, in bytes, after garbage collection. */
export async function measureMemory({ subject: name, sessions }: MemoryOptions): Promise<number> {
  const subject = await createSubject(name, {
    sinkUrl: 'http://127.0.0.1:9/',
    exportIntervalMillis: 3_600_000,
  });
  for (let index = 0; index < 1_000; index += 1) subject.update(sessionIdOf(index), index);
  const before = heapBytes();
  for (let index = 1_000; index < 1_000 + sessions; index += 1) subject.update(sessionIdOf(index), index);
  const after = heapBytes();
  subject.update(sessionIdOf(0), 0);
  return (after - before) / sessions;
}

function heapBytes(): number {
  for (let times = 0; times < 3; times += 1) globalThis.gc!();
  return process.memoryUsage().heapUsed;
}
