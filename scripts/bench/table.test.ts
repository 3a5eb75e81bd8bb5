import { expect, test } from 'vitest';
import { formatTable } from './table.ts';

test('a table has its title, aligned columns, text to the left and numbers to the right', () => {
  const rows = [
    { variant: 'bare', 'CPU µs': 41.234, range: '40 … 42' },
    { variant: 'prom-client', 'CPU µs': 143.21, range: '140 … 150' },
  ];
  expect(formatTable({ title: 'CPU per request', rows })).toBe(
    [
      'CPU per request',
      'variant      CPU µs  range',
      'bare           41.2  40 … 42',
      'prom-client     143  140 … 150',
    ].join('\n'),
  );
});

test('a table without rows is its title', () => {
  expect(formatTable({ title: 'Nothing', rows: [] }).trim()).toBe('Nothing');
});
