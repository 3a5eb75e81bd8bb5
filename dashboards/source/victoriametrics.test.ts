import { expect, test } from 'vitest';
import { secondsToFull, sessionsOverRange } from '#queries';
import { idBatches } from './victoriametrics.ts';

test.each([
  ['uuids', '3f2a1b40-51c3-4bb8-9f65-0c0f3d1b8a11'],
  ['the longest ids', 'x'.repeat(128)],
  ['ids full of dots', '.'.repeat(128)],
])('any number of %s is split into queries that VictoriaMetrics accepts', (_, id) => {
  const ids = Array.from({ length: 1_000 }, (__, index) => `${id.slice(4)}${1_000 + index}`);
  const batches = idBatches(ids);
  expect(batches.flat()).toEqual(ids);
  for (const sessionIds of batches) {
    const questions = [
      secondsToFull({ sessionIds }),
      ...Object.values(sessionsOverRange({ sessionIds, rangeSeconds: 86_400 })),
    ];
    expect(Math.max(...questions.map(({ expr }) => expr.length))).toBeLessThan(16_384);
  }
});

test('no ids make no batch', () => {
  expect(idBatches([])).toEqual([]);
});
