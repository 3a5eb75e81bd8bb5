import { setTimeout } from 'node:timers/promises';
import { createSubject, sawTooth, sessionIdOf, type SubjectName } from './subject.ts';

/** Options of {@link measureStall}. */
export interface StallOptions {
  readonly subject: SubjectName;
  readonly sessions: number;
  /** Sessions that are updated before each export. */
  readonly active: number;
  readonly exports: number;
  readonly sinkUrl: string;
}

/** The cost of exports. */
export interface Stall {
  /** Longest block of the event loop during each export, in milliseconds. */
  readonly stallMillis: readonly number[];
  /** CPU time of each export in milliseconds. */
  readonly cpuMillis: readonly number[];
}

const intervalMillis = 1_000;

/**
 * Measures a second with one export after the other: how long other work had to wait, and in turn the CPU time. A round of
 * 15 seconds before that warms up and does not count.
 */
export async function measureStall(options: StallOptions): Promise<Stall> {
  const { subject: name, sessions, active, exports, sinkUrl } = options;
  const subject = await createSubject(name, { sinkUrl, exportIntervalMillis: intervalMillis });
  const nextTokens = sawTooth();
  let next = 0;
  for (; next < sessions; next += 1) subject.update(sessionIdOf(next), nextTokens());
  const second = () => Promise.all([subject.exportDue?.(), setTimeout(intervalMillis)]);
  const stallMillis: number[] = [];
  const cpuMillis: number[] = [];
  for (let round = -15; round < 2 * exports; round += 1) {
    for (let count = 0; count < active; count += 1) {
      subject.update(sessionIdOf(next++ % sessions), nextTokens());
    }
    if (round < 0) await second();
    else if (round % 2 === 0) stallMillis.push(await longestGapMillis(second));
    else cpuMillis.push(await cpuMillisOf(second));
  }
  return { stallMillis, cpuMillis };
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
