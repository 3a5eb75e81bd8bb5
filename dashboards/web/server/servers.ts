import type { Thresholds } from '#thresholds';
import type { Server } from '../../source/http-client.ts';

/** A part of the stack whose health the page shows. */
export interface WatchedPart {
  readonly name: string;
  /** What it does, in a few words. */
  readonly does: string;
  /** A URL that responds with a status below 500 while the part runs. */
  readonly url: string;
}

/** The servers that the page reads from and watches. */
export interface PageServers {
  readonly store: Server;
  readonly receiver: Server;
  /** Absent if the stack runs without Alertmanager. */
  readonly alertmanager?: Server | undefined;
  readonly collectorUrl?: string | undefined;
  readonly vmalertUrl?: string | undefined;
}

/** The options of the page. */
export interface PageOptions {
  readonly servers: PageServers;
  readonly thresholds: Thresholds;
  /** Milliseconds between two reads while a page is open. Defaults to 2,000. */
  readonly intervalMillis?: number;
}
