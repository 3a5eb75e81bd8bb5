import { runInChild, startChild } from './child.ts';
import { median } from './statistics.ts';
import type { SubjectName } from './subject.ts';
import type { Table } from './table.ts';

const cases: readonly { readonly subject: SubjectName; readonly sessions: number }[] = [
  { subject: 'prom-client', sessions: 1_000 },
  { subject: 'OpenTelemetry instruments', sessions: 1_000 },
  { subject: 'koa-context-window', sessions: 1_000 },
  { subject: 'prom-client', sessions: 10_000 },
  { subject: 'OpenTelemetry instruments', sessions: 10_000 },
  { subject: 'koa-context-window', sessions: 10_000 },
  { subject: 'koa-context-window', sessions: 100_000 },
];

/** Measures how long one export blocks the event loop, in a process that does nothing else. */
export async function measureStalls(quick: boolean): Promise<Table[]> {
  await using sink = await startChild('discard', undefined);
  const rows = [];
  for (const { subject, sessions } of cases) {
    if (quick && sessions > 10_000) continue;
    const exports = quick || sessions > 10_000 ? 5 : 20;
    const measured = await runInChild('measureStall', { subject, sessions, exports, sinkUrl: sink.answer });
    rows.push({
      sessions,
      subject,
      'stall ms': median(measured.stallMillis),
      'worst ms': Math.max(...measured.stallMillis),
      'idle ms': median(measured.idleMillis),
      'CPU ms of an export': median(measured.cpuMillis),
    });
  }
  return [
    { title: 'Longest stall of the event loop by one export (prom-client: one scrape, not sent)', rows },
  ];
}
