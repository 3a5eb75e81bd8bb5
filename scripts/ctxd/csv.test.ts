import { expect, test } from 'vitest';
import { csvLine } from './csv.ts';

test('a line separates its cells by commas and ends with CRLF, as in RFC 4180', () => {
  expect(csvLine(['a', 1.5, undefined, ''])).toBe('a,1.5,,\r\n');
});

test.each([
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
])('%j is quoted', (cell, written) => {
  expect(csvLine([cell])).toBe(`${written}\r\n`);
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '＝1'])(
  '%j is guarded, so that no spreadsheet runs it',
  (cell) => {
    expect(csvLine([cell])).toContain(`'${cell}`);
  },
);

test('a number stays a number, even a negative one', () => {
  expect(csvLine([-5, 1e-7])).toBe('-5,1e-7\r\n');
});
