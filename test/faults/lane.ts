import { runCommand } from '../../compose/system/command.ts';
import { start } from '../both-runtimes.ts';
import { startHttpRecorder } from '../http-recorder.ts';
import { smallDisk } from '../small-disk.ts';
import { stackCommands } from '../stack-commands.ts';
import { type Fault, isRight, isSkipped, type Row } from './fault.ts';
import { startLoad } from './load.ts';
import type { Random } from './random.ts';
import { runRound } from './round.ts';
import { storeReader } from './store.ts';

/** Faults that strike one stack, one after the other. */
export interface Lane {
  readonly name: string;
  readonly runtime: 'native' | 'docker';
  readonly faults: readonly Fault[];
  /** Added to the environment of the stack. Default: nothing. */
  readonly env?: (stateDir: string) => Promise<NodeJS.ProcessEnv>;
  /** Size of a small disk for the state folder, such as `300m`. Default: the state folder is on the usual disk. */
  readonly diskSize?: string;
  /** Whether it takes so long that it runs with `--large` only. Default: false. */
  readonly isLarge?: boolean;
}

interface LaneOptions {
  readonly random: Random;
  readonly print: (line: string) => void;
  /** Aborts when the user interrupts the run. */
  readonly signal: AbortSignal;
}

/** Starts a stack under load and runs the faults in an order that the random numbers choose. */
export async function runLane(lane: Lane, { random, signal, print }: LaneOptions): Promise<Row[]> {
  await using cleanup = new AsyncDisposableStack();
  const webhook = cleanup.use(await startHttpRecorder(await webhookHost(lane.runtime)));
  const stack = cleanup.use(await stackCommands(lane.runtime));
  Object.assign(stack.env, { CTXD_ALERT_WEBHOOK_URL: `${webhook.url}/` }, await lane.env?.(stack.stateDir));
  const disk = lane.diskSize ? cleanup.use(await smallDisk(stack.stateDir, lane.diskSize)) : undefined;
  // Nothing may run on the disk when it is unmounted.
  cleanup.defer(async () => void (await stack.run('down')));
  const started = await start(stack);
  if (started.exitCode !== 0) throw new Error(`stack:up failed: ${started.output}`);
  const load = cleanup.use(await startLoad(stack));
  const options = { target: { stack, random, disk }, load, webhook, store: storeReader(stack), signal };
  const rows: Row[] = [];
  for (const [index, fault] of random.shuffled(lane.faults).entries()) {
    if (signal.aborted) break;
    const row = await runRound(fault, `${lane.name}${index}`, options);
    const seconds = row.healSeconds === undefined ? '' : ` (healed after ${row.healSeconds.toFixed(1)} s)`;
    if (signal.aborted) break;
    print(`${lane.runtime}: ${fault.name}: ${row.verdict}${seconds}`);
    if (!isRight(row) && !isSkipped(row)) print(`  The user was sent: ${row.sent}`);
    rows.push(row);
  }
  return rows;
}

/** The address at which the parts reach a server of this process. */
async function webhookHost(runtime: Lane['runtime']): Promise<string> {
  if (runtime === 'native') return '127.0.0.1';
  const format = '{{(index .IPAM.Config 0).Gateway}}';
  return (await runCommand('docker', ['network', 'inspect', 'bridge', '--format', format])).stdout.trim();
}
