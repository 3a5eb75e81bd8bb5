import { expect, test } from 'vitest';
import { thresholdsFrom } from '#thresholds';
import { exampleMillis, exampleScene, exampleSession } from './example-scenes.ts';
import { frame } from './frame.ts';
import { plainText } from './line.ts';
import type { Scene } from './scene.ts';

const thresholds = thresholdsFrom({ CTXD_WARNING_PERCENT: '40', CTXD_CRITICAL_PERCENT: '55' });
const drawn = (scene: Scene) => frame(scene).map(plainText);

test.each([
  [39.9, '[✓]', ''],
  [40, '[⚠]', 'WARNING'],
  [54.9, '[⚠]', 'WARNING'],
  [55, '[✗]', 'CRITICAL'],
])(
  'a session that is %d percent full is marked %s %s where the thresholds are 40 and 55',
  (percent, mark, word) => {
    const sessions = [exampleSession('only', { tokensUsed: percent * 2_000, usagePercent: percent })];
    const row = drawn(exampleScene({ thresholds, snapshot: { sessions } })).find((text) =>
      text.includes(`(${percent}%) [`),
    );
    expect(row).toContain(mark);
    expect(/WARNING|CRITICAL/.exec(row ?? '')?.[0] ?? '').toBe(word);
  },
);

test('counts crossings of 40 % and 55 %', () => {
  expect(drawn(exampleScene({ thresholds })).join('\n')).toContain('40% Hits: 2.5/5m   55% Hits: 0.3/5m');
});

test('the graph of a session has lines at 40 % and 55 %, and none at 70 % and 90 %', () => {
  const points = [1, 2].map((usagePercent) => ({
    atSeconds: exampleMillis / 1_000 + usagePercent,
    tokensUsed: 2_000 * usagePercent,
    usagePercent,
  }));
  const rows = drawn(
    exampleScene({
      thresholds,
      state: { view: 'detail', selectedId: 'conn_127.0.0.1:52341' },
      scene: { history: { points, checkpoints: [] } },
      size: { columns: 80, rows: 30 },
    }),
  );
  const lines = rows.filter((row) => row.includes('┄')).map((row) => /\d+%/.exec(row)?.[0]);
  expect(lines).toEqual(['55%', '40%']);
});
