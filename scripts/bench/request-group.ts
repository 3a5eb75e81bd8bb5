import { type Line, type LineUp, measureLineUp } from './line-up.ts';
import { median, spread } from './statistics.ts';
import type { Table } from './table.ts';

const sessionCounts = [1, 1_000, 10_000];
const bare: Line = { variant: 'bare Koa', subject: 'bare', exported: false };

/** The update alone, as fast as it goes. */
const inMemory: LineUp = {
  title: 'CPU of a request on Koa, nothing exported',
  lines: [
    bare,
    { variant: 'prom-client', subject: 'prom-client', exported: false },
    { variant: 'koa-context-window', subject: 'koa-context-window', exported: false },
  ],
  warmUpRequests: 5_000,
  turns: 40,
  requestsPerTurn: 250,
  turnMillis: 0,
};

/** A whole number of seconds at a fixed rate, so that each run holds as many exports. */
const exporting: LineUp = {
  title: 'CPU of a request on Koa, exported or scraped each second, at 1,000 requests a second',
  lines: [
    bare,
    { variant: 'prom-client', subject: 'prom-client', exported: true },
    { variant: 'koa-context-window', subject: 'koa-context-window', exported: true },
    { variant: 'OpenTelemetry instruments', subject: 'OpenTelemetry instruments', exported: true },
    { variant: 'http+koa auto-instrumentation', subject: 'http+koa auto-instrumentation', exported: true },
  ],
  warmUpRequests: 3_000,
  turns: 40,
  requestsPerTurn: 100,
  turnMillis: 100,
};

interface Measured {
  readonly sessions: number;
  readonly cpuMicros: readonly number[];
}

/** Extra CPU of a request over bare Koa; each line is compared with the others of its own round. */
export async function measureRequests(quick: boolean): Promise<Table[]> {
  const lineUps = [inMemory, exporting];
  const measured: Measured[][] = lineUps.map(() => []);
  for (let round = 0; round < (quick ? 1 : 5); round += 1) {
    for (const sessions of sessionCounts) {
      for (const [index, lineUp] of lineUps.entries()) {
        measured[index]!.push({ sessions, cpuMicros: await measureLineUp(lineUp, sessions) });
      }
    }
  }
  return lineUps.map((lineUp, index) => tableOf(lineUp, measured[index]!));
}

function tableOf({ title, lines }: LineUp, measured: readonly Measured[]): Table {
  const rows = sessionCounts.flatMap((sessions) => {
    const rounds = measured.filter((one) => one.sessions === sessions).map(({ cpuMicros }) => cpuMicros);
    return lines.map(({ variant }, index) => ({ sessions, variant, ...summary(rounds, index) }));
  });
  return { title: `${title} (median of ${measured.length / sessionCounts.length} rounds)`, rows };
}

/** One line over all rounds. The first line is bare Koa, the second prom-client. */
function summary(rounds: readonly (readonly number[])[], index: number) {
  const extra = (cpuMicros: readonly number[], index: number) => cpuMicros[index]! - cpuMicros[0]!;
  const extras = rounds.map((cpuMicros) => extra(cpuMicros, index));
  return {
    'CPU µs': median(rounds.map((cpuMicros) => cpuMicros[index]!)),
    'extra µs': median(extras),
    'extra, range': spread(extras),
    '÷ prom-client': median(rounds.map((cpuMicros) => extra(cpuMicros, index) / extra(cpuMicros, 1))),
  };
}
