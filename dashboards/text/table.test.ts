import { expect, test } from 'vitest';
import { table } from './table.ts';
import { widthOf } from './text.ts';

test('a table has columns as wide as their widest cell and no spaces at the end', () => {
  expect(
    table([
      ['PART', 'STATE', 'URL'],
      ['collector', 'healthy', 'http://127.0.0.1:4318'],
      ['grafana', 'left out', ''],
    ]),
  ).toEqual([
    'PART       STATE     URL',
    'collector  healthy   http://127.0.0.1:4318',
    'grafana    left out',
  ]);
});

test('a long first cell is cut, so that no row is wider than the screen', () => {
  const [, row = ''] = table(
    [
      ['SESSION', 'STATE'],
      ['日本語 '.repeat(30), 'critical'],
    ],
    40,
  );
  expect(widthOf(row)).toBe(40);
  expect(row).toMatch(/…\s+critical$/);
});
