import type { Part, PartName } from '../../compose/parts.ts';
import type { Ports } from '../../compose/ports.ts';
import type { RuntimeName } from './state.ts';

/** What all commands work on. */
export interface Stack {
  readonly stateDir: string;
  readonly ports: Ports;
  readonly env: NodeJS.ProcessEnv;
  /** Prints one line. */
  readonly print: (line: string) => void;
}

/** A part that cannot be had on this machine, and why. */
export interface LeftOut {
  readonly part: Part;
  readonly reason: string;
}

/** One way to run the parts. */
export interface Runtime {
  readonly name: RuntimeName;
  /** The parts that run now, healthy or not. */
  running(): Promise<ReadonlySet<PartName>>;
  /** Whether a part could start without fetching anything. */
  has(part: Part): Promise<boolean>;
  /** Gets what the parts need; tells which optional ones cannot be had. Throws for the others. */
  prepare(parts: readonly Part[]): Promise<readonly LeftOut[]>;
  /** Starts parts, in their order. */
  start(parts: readonly Part[]): Promise<void>;
  /** Stops parts, in reverse order; keeps their data. */
  stop(parts: readonly Part[]): Promise<void>;
  /** The last lines that a part logged. */
  logTail(name: PartName, lines: number): Promise<readonly string[]>;
}
