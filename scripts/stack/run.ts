import type { Part, PartName } from '../../compose/parts.ts';
import type { LeftOut, Stack } from '../../compose/runtime/runtime.ts';
import { exitCodes } from '../../compose/system/stack-error.ts';
import type { StackRecord } from '../../compose/runtime/state.ts';
import type { Surface } from '../reach/surface.ts';
import type { StackArguments } from './arguments.ts';
import type { PartState } from './status.ts';

/** The result of a command. */
export interface Outcome {
  readonly exitCode: number;
  /** One word. Default: `ok`. */
  readonly status?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Success, with nothing else to report. */
export const ok: Outcome = { exitCode: exitCodes.ok };

/** Everything a command works with. */
export interface Run {
  readonly request: StackArguments;
  readonly stack: Stack;
  /** The record of the last start. */
  readonly record: StackRecord | undefined;
  readonly confirm: Surface['confirm'];
}

/** The run of a command that needs a started stack. */
export type StartedRun = Run & { readonly record: StackRecord };

/** A command. */
export type Command = (run: Run) => Promise<Outcome>;

/** The options of a start. */
export type UpOptions = Pick<StackArguments, 'without' | 'pull' | 'rollback'>;

/** The result of a start. */
export interface Started {
  readonly record: StackRecord;
  readonly leftOut: readonly LeftOut[];
  /** The parts that this run started. */
  readonly started: readonly PartName[];
  readonly seconds: number;
  readonly states: ReadonlyMap<Part, PartState>;
}
