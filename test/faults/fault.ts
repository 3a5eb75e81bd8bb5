import type { SmallDisk } from '../small-disk.ts';
import type { StackCommands } from '../stack-commands.ts';
import type { Notification } from './notifications.ts';
import type { Random } from './random.ts';

/** The stack that a fault strikes, while it is under load. */
export interface Target {
  readonly stack: StackCommands;
  readonly random: Random;
  /** The ids of the sessions that report begin with it. */
  readonly group: string;
  /** All notifications so far. */
  readonly sent: () => readonly Notification[];
  /** Adds a remark to the verdict, such as what was measured. */
  readonly remark: (words: string) => void;
  /** The small disk under the state folder, if the lane has one. */
  readonly disk: SmallDisk | undefined;
}

/** Ends a fault that does not end by itself. */
export type Relief = () => Promise<void>;

/** A weakness that is known, for its reason. */
export interface Allowance {
  /** Seconds of data points that may be lost after they were acknowledged. Default: 0. */
  readonly samples?: number;
  /** Seconds of reports that may be lost after they were acknowledged. Default: 0. */
  readonly reports?: number;
  /** Whether a notification may be sent twice. Default: false. */
  readonly repeats?: boolean;
  readonly reason: string;
}

/** One row of the table. */
export interface Fault {
  /** Such as `kill -9 of the collector`; the first column of the table. */
  readonly name: string;
  /** Runs the fault. A fault that consists of commands throws if one of them goes wrong. */
  readonly strike: (target: Target) => Promise<Relief | void>;
  /** Sessions that the fault itself adds; their notifications are its own matter. Default: none. */
  readonly adds?: RegExp;
  /** How long the fault lasts before it is relieved, in seconds. Default: 5. */
  readonly lastsSeconds?: number;
  /** What may be lost or repeated. Default: nothing. */
  readonly allows?: readonly Allowance[];
  /** Alerts about the stack itself that may be sent, besides `CtxdBlind`. Default: none. */
  readonly mayNotify?: readonly string[];
  /** Those of them that need not resolve, because their cause remains. Default: none. */
  readonly staysFiring?: readonly string[];
  /** Whether the user has to learn of it by `CtxdBlind`. Default: false. */
  readonly blinds?: boolean;
}

/** The result of one fault. */
export interface Row {
  readonly fault: string;
  readonly runtime: 'native' | 'docker';
  /** Data points of applications: acknowledged by the collector, and found in the store. */
  readonly samples: Count;
  /** Reports: acknowledged by the receiver, and counted in the store. */
  readonly reports: Count;
  readonly healSeconds: number | undefined;
  /** Such as `2 critical, 2 resolved`. */
  readonly sent: string;
  readonly verdict: string;
}

/** How many were acknowledged and how many of them arrived. */
export interface Count {
  readonly expected: number;
  readonly arrived: number;
}

/** Whether a verdict is good: `right`, or `right: …` with a remark. */
export const isRight = ({ verdict }: Row) => verdict.startsWith('right');

/** Whether a fault was not run, because this machine cannot. */
export const isSkipped = ({ verdict }: Row) => verdict.startsWith('skipped');

/** Thrown by a fault that this machine cannot run. Its message says why. */
export class Skipped extends Error {}
