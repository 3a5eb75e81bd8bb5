import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReceiver } from 'koa-context-window/receiver';

/** What a receiver is started with. */
export interface ReceiveOptions {
  /** Where it exports to each second. */
  readonly sinkUrl: string;
}

/** Runs a receiver as the stack does: it exports, and writes its snapshot. Returns its URL and its process. */
export async function receive({ sinkUrl }: ReceiveOptions): Promise<{ url: string; pid: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'ctxd-bench-'));
  const { url } = await startReceiver({
    port: 0,
    metricsUrl: sinkUrl,
    snapshotPath: join(folder, 'sessions.snapshot'),
  });
  return { url, pid: process.pid };
}
