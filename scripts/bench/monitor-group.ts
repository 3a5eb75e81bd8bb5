import { PassThrough } from 'node:stream';
import { createElement } from 'react';
import { defaultThresholds as thresholds } from '#thresholds';
import { exampleCrowd, exampleScene } from '../../dashboards/terminal/example-scenes.ts';
import type { MonitorSource, Snapshot } from '../../dashboards/source/figures.ts';
import { frame } from '../../dashboards/terminal/frame.ts';
import { monitorModel } from '../../dashboards/terminal/monitor-model.ts';
import { median, quantile } from './statistics.ts';
import type { Table } from './table.ts';

const size = { columns: 200, rows: 60 };
const sessionCounts = [100, 1_000, 10_000];

/** Measures the cost of a screen of the monitor and the latency of a key, on a terminal of 200 × 60. */
export async function measureMonitor(quick: boolean): Promise<Table[]> {
  // Fewer than the smallest number of sessions, so that each key selects the next one.
  const rounds = quick ? 20 : 90;
  const rows = [];
  for (const sessions of sessionCounts) {
    const keys = await keyMillis(sessions, rounds);
    rows.push({
      sessions,
      'model ms': median(timed(rounds, () => monitorModel(snapshotOf(sessions), thresholds))),
      'frame ms': median(frameMillis(sessions, rounds)),
      'key ms': median(keys.millis),
      'key p99 ms': quantile(keys.millis, 0.99),
      'CPU ms of a key': keys.cpuMillis / rounds,
    });
  }
  return [
    {
      title:
        'Monitor, list of all sessions at 200 × 60: model from new figures, frame, key until the screen is written',
      rows,
    },
  ];
}

const crowds = new Map(sessionCounts.map((count) => [count, exampleCrowd(count)]));

function snapshotOf(sessions: number): Snapshot {
  return { sessions: crowds.get(sessions) ?? [], newestSampleSeconds: Date.now() / 1_000, alerts: [] };
}

function frameMillis(sessions: number, rounds: number): number[] {
  const scene = exampleScene({
    snapshot: snapshotOf(sessions),
    state: { view: 'sessions', selectedId: `session-${String(sessions / 2).padStart(5, '0')}` },
    size,
  });
  return timed(rounds, () => frame(scene));
}

/** Presses `j` in the real app on its own terminal, and waits for its output. */
async function keyMillis(sessions: number, rounds: number) {
  const { render } = await import('ink');
  const { MonitorApp } = await import('../../dashboards/terminal/monitor-app.ts');
  const { MonitorFeed } = await import('../../dashboards/terminal/monitor-feed.ts');
  const { stdin, stdout, written } = terminal();
  const source = sourceOf(sessions);
  using feed = new MonitorFeed({ source, thresholds, intervalMillis: 3_600_000 });
  const actions = {
    silence: async () => '',
    rename: async () => undefined,
    silencedIds: async () => new Set<string>(),
  };
  const app = createElement(MonitorApp, {
    feed,
    source,
    actions,
    intervalSeconds: 5,
    isAscii: false,
    startWith: { view: 'sessions' },
  });
  const { unmount } = render(app, { stdin, stdout, interactive: true, patchConsole: false, maxFps: 1_000 });
  await feed.refresh();
  const millis: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    const shown = written(`${round + 2} of ${sessions}`);
    const start = performance.now();
    stdin.write('j');
    await shown;
    millis.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  unmount();
  return { millis, cpuMillis: (user + system) / 1_000 };
}

function sourceOf(sessions: number): MonitorSource {
  return {
    title: 'bench',
    isLiveOnly: false,
    now: Date.now,
    snapshot: async () => snapshotOf(sessions),
    trends: async (ids) =>
      new Map(ids.map((id) => [id, { usagePercents: Array.from({ length: 60 }, (_, index) => index) }])),
    history: async () => ({ points: [], checkpoints: [] }),
  };
}

/** Streams that look like a terminal to Ink. */
function terminal() {
  const tty = {
    isTTY: true,
    setRawMode: () => undefined,
    ref: () => undefined,
    unref: () => undefined,
    ...size,
  };
  const stdin = Object.assign(new PassThrough(), tty) as unknown as NodeJS.ReadStream & PassThrough;
  const stdout = Object.assign(new PassThrough(), tty) as unknown as NodeJS.WriteStream & PassThrough;
  const written = async (text: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (chunk: Buffer) => {
      if (!chunk.toString().includes(text)) return;
      stdout.off('data', look);
      resolve();
    };
    stdout.on('data', look);
    await promise;
  };
  stdout.resume();
  return { stdin, stdout, written };
}

function timed(rounds: number, run: () => unknown): number[] {
  return Array.from({ length: rounds }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
}
