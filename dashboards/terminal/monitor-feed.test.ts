import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultThresholds } from '#thresholds';
import { exampleSession } from './example-scenes.ts';
import type { MonitorSource, Snapshot } from '../source/figures.ts';
import { MonitorFeed } from './monitor-feed.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

function startedFeed() {
  const readTimes: number[] = [];
  const answer = { problem: undefined as string | undefined };
  const source: MonitorSource = {
    title: 'a test',
    isLiveOnly: false,
    now: Date.now,
    snapshot: async (): Promise<Snapshot> => {
      readTimes.push(Date.now() - 1_000_000);
      if (answer.problem !== undefined) throw new Error(answer.problem);
      return { sessions: [exampleSession('one')], newestSampleSeconds: Date.now() / 1_000, alerts: [] };
    },
    trends: async (ids) => new Map(ids.map((id) => [id, { usagePercents: [1] }])),
    history: async () => ({ points: [], checkpoints: [] }),
  };
  const feed = new MonitorFeed({ source, thresholds: defaultThresholds, intervalMillis: 5_000 });
  return { feed, readTimes, answer };
}

describe('a feed', () => {
  test('reads at intervals', async () => {
    const { feed, readTimes } = startedFeed();
    await feed.refresh();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(readTimes).toEqual([0, 5_000, 10_000]);
  });

  test('keeps the last figures while its source is down, retries less and less often, and recovers', async () => {
    const { feed, readTimes, answer } = startedFeed();
    await feed.refresh();
    answer.problem = 'Cannot reach it';
    await vi.advanceTimersByTimeAsync(100_000);
    expect(readTimes).toEqual([0, 5_000, 10_000, 20_000, 40_000, 70_000, 100_000]);
    expect(feed.current().model.sessions).toHaveLength(1);
    expect(feed.current().condition).toMatchObject({
      problem: 'Cannot reach it',
      newestSampleSeconds: 1_000,
      nextAttemptMillis: 1_130_000,
    });
    answer.problem = undefined;
    await vi.advanceTimersByTimeAsync(35_000);
    expect(feed.current().condition.problem).toBeUndefined();
    expect(readTimes.slice(-2)).toEqual([130_000, 135_000]);
  });

  test('stops reading when paused, and reads at once when resumed', async () => {
    const { feed, readTimes } = startedFeed();
    await feed.refresh();
    feed.pause(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(readTimes).toEqual([0]);
    feed.pause(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(readTimes).toEqual([0, 60_000]);
  });

  test('stops reading when disposed of', async () => {
    const { feed, readTimes } = startedFeed();
    await feed.refresh();
    feed[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(readTimes).toEqual([0]);
  });

  test('reads once for two refreshes at the same time', async () => {
    const { feed, readTimes } = startedFeed();
    await Promise.all([feed.refresh(), feed.refresh()]);
    expect(readTimes).toEqual([0]);
  });
});
