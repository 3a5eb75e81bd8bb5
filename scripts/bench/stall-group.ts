import { runInChild, startChild } from './child.ts';
import { median, quantile } from './statistics.ts';
import type { SubjectName } from './subject.ts';
import type { Table } from './table.ts';

interface Case {
  readonly sessions: number;
  /** Share of the sessions that are active each second, in percent. */
  readonly active: number;
  /** The first one is what the others are compared with. */
  readonly subjects: readonly SubjectName[];
}

const own = ['koa-context-window', 'koa-context-window, protobuf'] as const;
const cases: readonly Case[] = [
  { sessions: 10_000, active: 1, subjects: ['prom-client', 'OpenTelemetry instruments', ...own] },
  { sessions: 10_000, active: 100, subjects: ['prom-client', 'OpenTelemetry instruments', ...own] },
  { sessions: 100_000, active: 1, subjects: own },
  { sessions: 100_000, active: 100, subjects: own },
];

/** Measures the cost of an export each second, and how long it blocks the event loop, in a process that does nothing else. */
export async function measureStalls(quick: boolean): Promise<Table[]> {
  await using sink = await startChild('discard', undefined);
  const rows = [];
  for (const { sessions, active, subjects } of cases) {
    if (quick && sessions > 10_000) continue;
    let basis: number | undefined;
    for (const subject of subjects) {
      const measured = await runInChild('measureStall', {
        subject,
        sessions,
        active: (sessions * active) / 100,
        exports: quick ? 8 : 30,
        sinkUrl: sink.answer,
      });
      const cpu = median(measured.cpuMillis);
      basis ??= cpu;
      rows.push({
        sessions,
        'active %': active,
        subject,
        'CPU ms of an export': cpu,
        [`÷ ${subjects[0]}`]: cpu / basis,
        'stall p50 ms': median(measured.stallMillis),
        'stall p99 ms': quantile(measured.stallMillis, 0.99),
      });
    }
  }
  return [{ title: 'An export each second (prom-client: a scrape, not sent)', rows }];
}
