import { setTimeout } from 'node:timers/promises';
import { createSubject, sawTooth, sessionIdOf, type SubjectName } from './subject.ts';

/** Options of {@link measureStall}. */
export interface StallOptions {
  readonly subject: SubjectName;
  readonly sessions: number;
  readonly exports: number;
  readonly sinkUrl: string;
}

/** How long exports block the event loop, in milliseconds. */
export interface Stall {
  /** Longest block of the event loop during each export. */
  readonly stallMillis: readonly number[];
  /** The same without an export, as a baseline. */
  readonly idleMillis: readonly number[];
  /** CPU time of each export. */
  readonly cpuMillis: readonly number[];
}

/** Exports repeatedly and measures how long other work had to wait. A few exports before that warm up and do not count. */
export async function measureStall({
  subject: name,
  sessions,
  exports,
  sinkUrl,
}: StallOptions): Promise<Stall> {
  const subject = await createSubject(name, { sinkUrl, exportIntervalMillis: 3_600_000 });
  const nextTokens = sawTooth();
  const rounds: { stall: number; idle: number; cpu: number }[] = [];
  for (let round = -Math.ceil(exports / 4); round < exports; round += 1) {
    for (let index = 0; index < sessions; index += 1) subject.update(sessionIdOf(index), nextTokens());
    const stall = await longestGapMillis(() => subject.flush());
    const idle = await longestGapMillis(() => setTimeout(50));
    rounds.push({ stall, idle, cpu: await cpuMillisOf(() => subject.flush()) });
  }
  const counted = rounds.slice(-exports);
  return {
    stallMillis: counted.map(({ stall }) => stall),
    idleMillis: counted.map(({ idle }) => idle),
    cpuMillis: counted.map(({ cpu }) => cpu),
  };
}

async function longestGapMillis(run: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let running = true;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  await run();
  running = false;
  tick();
  return longest;
}

async function cpuMillisOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
