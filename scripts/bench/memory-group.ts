import { runInChild } from './child.ts';
import type { SubjectName } from './subject.ts';
import type { Table } from './table.ts';

const subjects: readonly SubjectName[] = ['prom-client', 'koa-context-window', 'OpenTelemetry instruments'];

/** Measures the heap that each further session takes. */
export async function measureMemories(quick: boolean): Promise<Table[]> {
  const sessions = quick ? 10_000 : 50_000;
  const rows = [];
  for (const subject of subjects) {
    rows.push({ subject, bytes: await runInChild('measureMemory', { subject, sessions }) });
  }
  return [{ title: `Heap of a session, its id included (${sessions} sessions)`, rows }];
}
