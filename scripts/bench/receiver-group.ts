import { runCommand } from '../../compose/system/command.ts';
import { startChild } from './child.ts';
import { PacedClient } from './paced-client.ts';
import { quantile } from './statistics.ts';
import { sawTooth, sessionIdOf } from './subject.ts';
import type { Table } from './table.ts';

const loads = [
  { sessions: 100, updatesPerSecond: 5 },
  { sessions: 1_000, updatesPerSecond: 5 },
];

/** Measures the receiver under status lines at a fixed rate, while it exports and writes its snapshot. */
export async function measureReceiver(quick: boolean): Promise<Table[]> {
  const rows = [];
  for (const { sessions, updatesPerSecond } of loads) {
    await using sink = await startChild('discard', undefined);
    await using receiver = await startChild('receive', { sinkUrl: sink.answer });
    const { url, pid } = receiver.answer;
    using client = await PacedClient.connect(Number(new URL(url).port));
    const nextRequest = statuslines(sessions);
    const perSecond = sessions * updatesPerSecond;
    await client.run(nextRequest, perSecond, 3);
    const cpuBefore = await receiver.cpuMicros();
    const seconds = quick ? 5 : 30;
    const latencies = await client.run(nextRequest, perSecond, seconds);
    const cpuMicros = (await receiver.cpuMicros()) - cpuBefore;
    rows.push({
      sessions,
      'requests/s': perSecond,
      'p50 ms': quantile(latencies, 0.5),
      'p99 ms': quantile(latencies, 0.99),
      'worst ms': quantile(latencies, 1),
      'CPU %': cpuMicros / seconds / 10_000,
      'RSS MiB': await residentMebibytes(pid),
    });
  }
  return [{ title: 'The receiver under status lines at a fixed rate, exporting and saving', rows }];
}

/** Returns requests of all sessions in turn, each with the next token count. */
function statuslines(sessions: number): () => string {
  const nextTokens = sawTooth();
  let next = 0;
  return () => {
    next = (next + 1) % sessions;
    const usage = { input_tokens: nextTokens(), cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    const body = JSON.stringify({
      session_id: sessionIdOf(next),
      cwd: '/home/ann/api',
      model: { id: 'claude-opus-4-6', display_name: 'Opus' },
      cost: { total_cost_usd: 1.25 },
      context_window: { context_window_size: 200_000, current_usage: usage },
    });
    const head = `POST /claude-code/statusline HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json`;
    return `${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  };
}

async function residentMebibytes(pid: number): Promise<number> {
  const { stdout } = await runCommand('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1_024;
}
