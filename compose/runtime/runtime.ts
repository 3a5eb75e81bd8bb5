import type { Part, PartName } from '../parts.ts';
import type { Ports } from '../ports.ts';
import type { RuntimeName } from './state.ts';

/** What all commands work on. */
export interface Stack {
  readonly stateDir: string;
  readonly ports: Ports;
  readonly env: NodeJS.ProcessEnv;
  /** Prints one line. */
  readonly print: (line: string) => void;
  /** Prints a line that `--json` also has under `warnings`. Default: `print`. */
  readonly warn?: (line: string) => void;
  /** Shows how far a part is; `done` when that is its last word. Default: nobody looks. */
  readonly progress?: (part: PartName, words: string, done?: boolean) => void;
  /** Ends what takes long when the run is interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** How long a part may take to be healthy. Default: a minute. */
  readonly timeoutMillis?: number;
}

/** A part that cannot be had on this machine, and why. */
export interface LeftOut {
  readonly part: Part;
  readonly reason: string;
}

/** What a running part takes, as far as it can be told. */
export interface Usage {
  readonly uptimeSeconds?: number;
  readonly memoryBytes?: number;
  /** How often it was started again after a crash. */
  readonly restarts?: number;
}

/** Which lines of the logs to print. */
export interface LogRange {
  readonly tail: number;
  readonly follow: boolean;
}

/** What becomes of a part that crashed: it waits for its next start, or crashed too often for one. */
export type CrashState = 'restarting' | 'given up';

/** One way to run the parts. */
export interface Runtime {
  readonly name: RuntimeName;
  /** The parts that run now, healthy or not. */
  running(): Promise<ReadonlySet<PartName>>;
  /** The parts that do not run because they crashed, and whether they will be started again. */
  crashed(): Promise<ReadonlyMap<PartName, CrashState>>;
  /** Whether a part could start without fetching anything. */
  has(part: Part): Promise<boolean>;
  /** The running parts whose program is another one by now, as after a pull. */
  outdated(): Promise<ReadonlySet<PartName>>;
  /** Takes over what a killed run has left behind. */
  recover(): Promise<void>;
  /** Gets what the parts need, anew with `pull`; tells which optional ones cannot be had. Throws for the others. */
  prepare(parts: readonly Part[], pull?: boolean): Promise<readonly LeftOut[]>;
  /** Lets each part check its configuration. Throws in the words of the first that refuses it. */
  check(parts: readonly Part[]): Promise<void>;
  /** Starts parts, in their order. */
  start(parts: readonly Part[]): Promise<void>;
  /** Sees to it from now on that what crashes is started again. */
  watch(): Promise<void>;
  /** Whether that is seen to. */
  isWatched(): Promise<boolean>;
  /** Stops parts, in reverse order; keeps their data. */
  stop(parts: readonly Part[]): Promise<void>;
  /** What the running parts take. */
  usage(): Promise<ReadonlyMap<PartName, Usage>>;
  /** The last lines that a part logged. */
  logTail(name: PartName, lines: number): Promise<readonly string[]>;
  /** Prints logs; with `follow` until the run is interrupted. */
  printLogs(names: readonly PartName[], range: LogRange): Promise<void>;
}
