import type { Part, PartName } from '../parts.ts';
import type { Ports } from '../ports.ts';
import type { RuntimeName } from './state.ts';

/** The stack that a command works on, and how it reports. */
export interface Stack {
  readonly stateDir: string;
  readonly ports: Ports;
  readonly env: NodeJS.ProcessEnv;
  /** Prints one line. */
  readonly print: (line: string) => void;
  /** Prints a warning, which `--json` lists under `warnings`. */
  readonly warn: (line: string) => void;
  /** Shows the progress of a part; `done` with its final state. Default: shows nothing. */
  readonly progress?: (part: PartName, words: string, done?: boolean) => void;
  /** Aborts when the command is interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** How long a part may take to become healthy. Default: a minute. */
  readonly timeoutMillis?: number;
}

/** An optional part that cannot run on this machine, and why. */
export interface LeftOut {
  readonly part: Part;
  readonly reason: string;
}

/** The resources of a running part, as far as they are known. */
export interface Usage {
  readonly uptimeSeconds?: number;
  readonly memoryBytes?: number;
  /** How often it was restarted after a crash. */
  readonly restarts?: number;
}

/** Which lines of the logs to print. */
export interface LogRange {
  readonly tail: number;
  readonly follow: boolean;
}

/** The state of a part that crashed: it will be restarted, or is disabled because it crashed too often. */
export type CrashState = 'restarting' | 'disabled';

/** One way to run the parts. */
export interface Runtime {
  readonly name: RuntimeName;
  /** The parts that run, healthy or not. */
  running(): Promise<ReadonlySet<PartName>>;
  /** The parts that do not run because they crashed, and whether they will be restarted. */
  crashed(): Promise<ReadonlyMap<PartName, CrashState>>;
  /** Whether a part can start without a download or build. */
  has(part: Part): Promise<boolean>;
  /** The running parts whose image has changed since they started, as after a pull. */
  outdated(): Promise<ReadonlySet<PartName>>;
  /** Takes over parts that were started by a command that was killed. */
  recover(): Promise<void>;
  /** Gets the parts' programs or images; `pull` also gets newer images. Returns the optional parts without one. */
  prepare(parts: readonly Part[], pull?: boolean): Promise<readonly LeftOut[]>;
  /** Lets each part check its configuration. Throws the message of the first part that rejects it. */
  check(parts: readonly Part[]): Promise<void>;
  /** Starts parts, in the given order. */
  start(parts: readonly Part[]): Promise<void>;
  /** Restarts parts that crash, from now on. */
  watch(): Promise<void>;
  /** Whether parts that crash are restarted. */
  isWatched(): Promise<boolean>;
  /** Stops parts, in reverse order; keeps their data. */
  stop(parts: readonly Part[]): Promise<void>;
  /** The resources of the running parts. */
  usage(): Promise<ReadonlyMap<PartName, Usage>>;
  /** The last lines that a part logged. */
  logTail(name: PartName, lines: number): Promise<readonly string[]>;
  /** Prints logs; with `follow` until the command is interrupted. */
  printLogs(names: readonly PartName[], range: LogRange): Promise<void>;
}

/** A runtime without a supervisor, as for tests and for looking at a stack. */
export type UnwatchedRuntime = Omit<Runtime, 'watch' | 'isWatched'>;
