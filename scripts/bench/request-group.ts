import { type Line, type LineUp, type Measured, measureLineUp } from './line-up.ts';
import { median, spread } from './statistics.ts';
import type { Table } from './table.ts';

const bare: Line = { variant: 'bare Koa', subject: 'bare', exported: false };

/** Updates without exports, at full speed. */
const inMemory: LineUp = {
  title: 'CPU of a request on Koa, nothing exported',
  lines: [
    bare,
    { variant: 'prom-client', subject: 'prom-client', exported: false },
    { variant: 'koa-context-window', subject: 'koa-context-window', exported: false },
  ],
  warmUpRequests: 12_000,
  turns: 60,
  requestsPerTurn: 200,
  turnMillis: 0,
};

/** A fixed rate for a whole number of seconds, so that every run contains the same number of exports. */
const exporting: LineUp = {
  title: 'CPU of a request on Koa, exported or scraped every second, at 1,000 requests a second',
  lines: [
    bare,
    { variant: 'prom-client', subject: 'prom-client', exported: true },
    { variant: 'koa-context-window', subject: 'koa-context-window', exported: true },
    { variant: 'OpenTelemetry instruments', subject: 'OpenTelemetry instruments', exported: true },
    { variant: 'http+koa auto-instrumentation', subject: 'http+koa auto-instrumentation', exported: true },
  ],
  warmUpRequests: 8_000,
  turns: 40,
  requestsPerTurn: 100,
  turnMillis: 100,
};

interface Round extends Measured {
  readonly sessions: number;
}

/** Measures the extra CPU time of a request over bare Koa. Each line is compared with the others in its own round. */
export async function measureRequests(quick: boolean): Promise<Table[]> {
  const lineUps = [inMemory, exporting];
  const rounds: Round[][] = lineUps.map(() => []);
  for (let round = 0; round < (quick ? 1 : 5); round += 1) {
    for (const sessions of quick ? [1, 10_000] : [1, 1_000, 10_000]) {
      for (const [index, lineUp] of lineUps.entries()) {
        rounds[index]!.push({ sessions, ...(await measureLineUp(lineUp, sessions)) });
      }
    }
  }
  return lineUps.map((lineUp, index) => tableOf(lineUp, rounds[index]!));
}

function tableOf({ title, lines }: LineUp, rounds: readonly Round[]): Table {
  const bySessions = Map.groupBy(rounds, ({ sessions }) => sessions);
  const rows = Array.from(bySessions, ([sessions, some]) =>
    lines.map(({ variant }, index) => ({ sessions, variant, ...summary(some, index) })),
  ).flat();
  return { title: `${title} (median of ${rounds.length / bySessions.size} rounds)`, rows };
}

/** Summarizes one line over all rounds. Line 0 is bare Koa, line 1 is prom-client. */
function summary(rounds: readonly Measured[], index: number) {
  const extra = ({ cpuMicros }: Measured, line: number) => cpuMicros[line]! - cpuMicros[0]!;
  const extras = rounds.map((round) => extra(round, index));
  return {
    'CPU µs': median(rounds.map(({ cpuMicros }) => cpuMicros[index]!)),
    'extra µs': median(extras),
    'extra, range': spread(extras),
    '÷ prom-client': median(rounds.map((round) => extra(round, index) / extra(round, 1))),
    'requests/s': median(rounds.map(({ requestsPerSecond }) => requestsPerSecond)),
  };
}
