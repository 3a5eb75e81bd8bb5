import type { MonitorSource } from './figures.ts';
import type { Server } from './http-client.ts';
import { victoriaMetricsSource } from './victoriametrics-source.ts';

interface ReplayOptions {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** How many times as fast as it went. */
  readonly speed: number;
  /** Milliseconds of a clock that only goes on. Default: the machine's. */
  readonly now?: () => number;
}

/** The monitor's source at a moment of the past that moves on, and stands still while the user pauses and at the end. */
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
  return {
    ...source,
    isOver: () => source.now() === endMillis,
    pause: (isPaused) => {
      playedMillis = position();
      since = isPaused ? undefined : now();
    },
  };
}
