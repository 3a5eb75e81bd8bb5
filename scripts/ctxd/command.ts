import type { Surface } from '../reach/surface.ts';

/** Runs a command line, without the command's own name, and returns the exit status. */
export type RunCommand = (args: readonly string[], surface: Surface) => Promise<number>;

/** A command that reads its own arguments. */
export interface Command {
  /** Heading in `ctxd --help`. */
  readonly heading: string;
  readonly meaning: string;
  /** The words that it takes as its first argument, with their meanings. */
  readonly subcommands?: Readonly<Record<string, string>>;
  /** The signals that it handles itself. Default: none; they end the process at once. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Whether it reads `ctxd.env`. Default: it does. */
  readonly readsSettings?: false;
  /** Loads its code, which happens only when it runs. */
  readonly load: () => Promise<RunCommand>;
}
