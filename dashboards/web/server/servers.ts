import type { Thresholds } from '#thresholds';
import type { Server } from '../../source/http-client.ts';

/** A part of the stack that the page watches besides the servers that it reads. */
export interface WatchedPart {
  readonly name: string;
  /** What it does, in a few words. */
  readonly does: string;
  /** A URL of it that answers with any status while it runs. */
  readonly url: string;
}

/** What the page reads. */
export interface PageServers {
  readonly store: Server;
  readonly receiver: Server;
  /** Absent where the stack runs without. */
  readonly alertmanager?: Server | undefined;
  readonly collectorUrl?: string | undefined;
  readonly vmalertUrl?: string | undefined;
}

/** How the page works. */
export interface PageOptions {
  readonly servers: PageServers;
  readonly thresholds: Thresholds;
  /** Milliseconds between two readings while a page is open. Default 2,000. */
  readonly intervalMillis?: number;
}
