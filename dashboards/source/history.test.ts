import { expect, test } from 'vitest';
import { historyFrom } from './history.ts';

type Row = readonly [tokens: number, checkpoints: number, saved: number];

/** The checkpoints of a session with a sample each second. */
const checkpointsOf = (rows: readonly Row[]) => {
  const series = (column: 0 | 1 | 2) => rows.map((row, second): [number, number] => [second, row[column]]);
  return historyFrom({ usage: [], tokens: series(0), checkpoints: series(1), saved: series(2) }).checkpoints;
};
const [before, after] = [905_000, 40_000];
const saved = before - after;
const paired = { tokensBefore: before, tokensAfter: after, tokensSaved: saved };

test.each([
  [
    'at once',
    [
      [before, 0, 0],
      [after, 1, saved],
    ],
    1,
  ],
  [
    'a second later',
    [
      [before, 0, 0],
      [before, 1, 0],
      [after, 1, saved],
    ],
    1,
  ],
  [
    'a second earlier',
    [
      [before, 0, 0],
      [after, 0, 0],
      [after, 1, saved],
    ],
    2,
  ],
  [
    'the savings last',
    [
      [before, 0, 0],
      [before, 1, 0],
      [after, 1, 0],
      [after + 500, 1, saved],
    ],
    1,
  ],
  [
    'after some growth',
    [
      [before - 9_000, 0, 0],
      [before, 1, 0],
      [after, 1, saved],
      [after + 9_000, 1, saved],
    ],
    1,
  ],
] as [string, Row[], number][])(
  'pairs a checkpoint with the figures before and after it that arrive %s',
  (_, rows, atSeconds) => {
    expect(checkpointsOf(rows)).toEqual([{ atSeconds, ...paired }]);
  },
);

test('keeps two checkpoints apart that are seconds apart', () => {
  const rows: Row[] = [
    [before, 0, 0],
    [before, 1, 0],
    [after, 1, saved],
    [50_000, 1, saved],
    [50_000, 2, saved],
  ];
  expect(checkpointsOf([...rows, [20_000, 2, saved + 30_000]])).toEqual([
    { atSeconds: 1, ...paired },
    { atSeconds: 4, tokensBefore: 50_000, tokensAfter: 20_000, tokensSaved: 30_000 },
  ]);
});

test('takes a fall minutes away for another event', () => {
  const quiet = Array.from({ length: 120 }, (): Row => [before, 1, 0]);
  expect(checkpointsOf([[before, 0, 0], ...quiet, [after, 1, 0]])).toEqual([
    { atSeconds: 1, tokensBefore: before, tokensAfter: before, tokensSaved: 0 },
  ]);
});
