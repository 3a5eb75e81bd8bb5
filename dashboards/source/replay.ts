import type { MonitorSource } from './figures.ts';
import type { Server } from './http-client.ts';
import { victoriaMetricsSource } from './victoriametrics-source.ts';

interface ReplayOptions {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Speed factor; 1 is real time. */
  readonly speed: number;
  /** Monotonic time in milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

/** A source for the monitor that plays back a time span. It stops while the user pauses, and at the end. */
export function replaySource(
  store: Server,
  { startSeconds, endSeconds, speed, now = () => performance.now() }: ReplayOptions,
): MonitorSource {
  let playedMillis = 0;
  let since: number | undefined = now();
  const position = () => playedMillis + (since === undefined ? 0 : (now() - since) * speed);
  const endMillis = endSeconds * 1_000;
  const source = victoriaMetricsSource(store, {
    now: () => Math.min(endMillis, startSeconds * 1_000 + position()),
  });
  let hasReadEnd = false;
  return {
    ...source,
    replaySpeed: speed,
    snapshot: async () => {
      const isAtEnd = source.now() === endMillis;
      const snapshot = await source.snapshot();
      hasReadEnd = isAtEnd;
      return snapshot;
    },
    isOver: () => hasReadEnd,
    pause: (isPaused) => {
      playedMillis = position();
      since = isPaused ? undefined : now();
    },
  };
}
