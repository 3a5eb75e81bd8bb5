import { describe, expect, test } from 'vitest';
import { receiverMetrics } from './metrics.ts';
import { SeriesMemory, type Series } from './series.ts';

const info = (name: string): Series => ({
  metric: receiverMetrics.sessionInfo,
  attributes: { session_id: 's1', session_name: name },
  value: 1,
});

describe('the memory of series', () => {
  test('lists the series that ended since a moment', () => {
    const memory = new SeriesMemory();
    memory.replace([info('old'), info('stays')], 1);
    memory.replace([info('new'), info('stays')], 2);
    expect(memory.goneSince(2)).toEqual([info('old')]);
    expect(memory.goneSince(3)).toEqual([]);
    expect(memory.goneSince(2)).toEqual([]);
    expect([...memory.current]).toEqual([info('new'), info('stays')]);
  });

  test('forgets a series that came back', () => {
    const memory = new SeriesMemory();
    memory.replace([info('a')], 1);
    memory.replace([], 2);
    memory.replace([{ ...info('a'), value: 2 }], 3);
    expect(memory.goneSince(0)).toEqual([]);
  });

  test('forgets series that ended a minute ago, though no export marked them', () => {
    const memory = new SeriesMemory();
    memory.replace([info('a')], 1);
    memory.replace([], 2);
    memory.replace([], 60_003);
    expect(memory.goneSince(0)).toEqual([]);
  });
});
