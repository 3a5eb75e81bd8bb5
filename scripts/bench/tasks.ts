import { measureLoop } from './loop-task.ts';
import { measureMemory } from './memory-task.ts';
import { servePage } from './page-task.ts';
import { receive } from './receiver-task.ts';
import { serve } from './server-task.ts';
import { discard } from './sink-task.ts';
import { measureStall } from './stall-task.ts';

/** The tasks of a process started by {@link startChild}. The process sends the result back. */
export const tasks = {
  serve,
  discard,
  measureLoop,
  measureMemory,
  measureStall,
  receive,
  servePage,
} as const;

if (process.send !== undefined) await run();

async function run(): Promise<void> {
  const [, , name, options] = process.argv;
  const task = Object.entries(tasks).find(([key]) => key === name)![1];
  const answer = await task(JSON.parse(options!));
  process.on('message', () => process.send!(cpuMicros()));
  process.on('disconnect', () => process.exit());
  process.send!(answer);
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
