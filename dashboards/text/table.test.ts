import { expect, test } from 'vitest';
import { table } from './table.ts';

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
