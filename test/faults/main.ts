import { parseArgs } from 'node:util';
import { dockerProblem } from '../../compose/runtime/docker/docker-problem.ts';
import { isRight, isSkipped, type Row } from './fault.ts';
import { type Lane, runLane } from './lane.ts';
import { lanes } from './lanes.ts';
import { randomFrom } from './random.ts';
import { writeReport } from './report.ts';

/** So many stacks run at once: two cores bear their load. */
const lanesAtOnce = 4;

const usage = `Usage: npm run test:faults -- [options]

Breaks a running stack in every way we know of, and checks that it heals, loses nothing and sends nothing false.

  --seed <n>      Repeats the order and the moments of an earlier run. Default: random, and printed.
  --only <text>   Runs the faults whose names contain this text.
  --large         Also runs the faults that take longer: a million session ids, 10,000 live sessions.
  --soak <time>   Repeats everything with new seeds for this long, such as 8h or 30m.
  --runtime <r>   native or docker. Default: both, if a Docker engine answers.`;

const options = {
  seed: { type: 'string' },
  only: { type: 'string', default: '' },
  large: { type: 'boolean', default: false },
  soak: { type: 'string' },
  runtime: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const { values } = parseArgs({ options });
if (values.help) {
  console.log(usage);
  process.exit();
}
const interrupt = new AbortController();
const { signal } = interrupt;
process.once('SIGINT', () => {
  console.log('Stopping the stacks …');
  interrupt.abort(new Error('interrupted'));
});
// Whatever fails, the other faults are tried and the stacks are stopped.
process.on('unhandledRejection', (error) => console.log(`A promise was rejected: ${String(error)}`));
process.exitCode = (await main()) ? 0 : 1;

async function main(): Promise<boolean> {
  const startedMillis = Date.now();
  const untilMillis = startedMillis + millisIn(values.soak);
  const firstSeed = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(values.seed);
  const rows: Row[] = [];
  let seed = firstSeed;
  do {
    console.log(`Seed ${seed}. To repeat this run: npm run test:faults -- --seed ${seed}`);
    rows.push(...(await runAll(seed)));
    seed += 1;
  } while (Date.now() < untilMillis && !signal.aborted);
  await writeReport(rows, firstSeed);
  const skipped = rows.filter(isSkipped).length;
  const passed = rows.filter(isRight).length;
  const failed = rows.length - skipped - passed;
  for (const row of rows.filter((row) => !isRight(row)))
    console.log(`${row.runtime}: ${row.fault}: ${row.verdict}`);
  console.log(
    `Took ${Math.round((Date.now() - startedMillis) / 1_000)} s; the table is in test/faults/README.md`,
  );
  console.log(`${passed} faults passed, ${failed} failed, ${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0;
}

async function runAll(seed: number): Promise<Row[]> {
  const problem = await dockerProblem(process.env);
  const chosen = lanes
    .filter(({ isLarge = false }) => values.large || !isLarge)
    .filter(({ runtime }) => values.runtime === undefined || runtime === values.runtime)
    .map((lane) => ({ ...lane, faults: lane.faults.filter(({ name }) => name.includes(values.only)) }))
    .filter(({ faults }) => faults.length > 0);
  const run = async (lane: Lane, index: number) => {
    if (lane.runtime === 'docker' && problem) return rowsFor(lane, `skipped: ${problem.reason}`);
    return await runLane(lane, { random: randomFrom(seed + index), print: console.log, signal }).catch(
      (error: unknown) => rowsFor(lane, `wrong: ${String(error)}`),
    );
  };
  const rows: Row[][] = [];
  const waiting = [...chosen.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift())
      rows[next[0]] = await run(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: lanesAtOnce }, worker));
  return rows.flat();
}

function rowsFor({ faults, runtime }: Lane, verdict: string): Row[] {
  const none = { expected: 0, arrived: 0 };
  return faults.map(({ name }) => ({
    fault: name,
    runtime,
    samples: none,
    reports: none,
    healSeconds: undefined,
    sent: '',
    verdict,
  }));
}

/** Milliseconds of a time such as `8h`, `30m` or `90s`; 0 without one. */
function millisIn(time: string | undefined): number {
  if (time === undefined) return 0;
  const [, number, unit = ''] = /^(\d+)([hms])$/.exec(time) ?? [];
  if (number === undefined)
    throw new RangeError(`Expected --soak to be a time such as 8h or 30m, got \`${time}\``);
  return Number(number) * { h: 3_600_000, m: 60_000, s: 1_000 }[unit]!;
}
