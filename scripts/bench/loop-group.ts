import { runInChild } from './child.ts';
import { median, spread } from './statistics.ts';
import type { SubjectName } from './subject.ts';
import type { Table } from './table.ts';

const subjects: readonly { readonly subject: SubjectName; readonly updates: number }[] = [
  { subject: 'prom-client', updates: 20_000 },
  { subject: 'koa-context-window', updates: 200_000 },
  { subject: 'OpenTelemetry instruments', updates: 10_000 },
];

/** Measures the update of a session's seven series in a loop, in new processes that alternate. */
export async function measureLoops(quick: boolean): Promise<Table[]> {
  const rounds = quick ? 1 : 3;
  const rows = [];
  for (const sessions of quick ? [1, 10_000] : [1, 1_000, 10_000]) {
    const nanos: number[][] = subjects.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { subject, updates }] of subjects.entries()) {
        nanos[index]!.push(await runInChild('measureLoop', { subject, sessions, updates }));
      }
    }
    const lines = subjects.map(({ subject }, index) => ({
      sessions,
      subject,
      ns: median(nanos[index]!),
      range: spread(nanos[index]!),
      '÷ prom-client': median(nanos[index]!.map((value, round) => value / nanos[0]![round]!)),
    }));
    rows.push(...lines);
  }
  return [{ title: `One update in a loop (median of ${rounds} processes)`, rows }];
}
