import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReceiver } from 'koa-context-window/receiver';

/** Options of {@link receive}. */
export interface ReceiveOptions {
  /** URL to export to every second. */
  readonly sinkUrl: string;
}

/** Runs a receiver as the stack does, with exports and snapshots. Returns its URL and its process id. */
export async function receive({ sinkUrl }: ReceiveOptions): Promise<{ url: string; pid: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-bench-'));
  const { url } = await startReceiver({
    port: 0,
    metricsUrl: sinkUrl,
    snapshotPath: join(folder, 'sessions.snapshot'),
  });
  return { url, pid: process.pid };
}
