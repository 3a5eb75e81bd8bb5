import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from './line-diff.ts';

test('shows removed lines, added lines and the lines around them', () => {
  expect(lineDiff('a\nb\nc\nd\ne\nf\ng', 'a\nb\nc\nD\ne\nf\ng', 1)).toEqual([
    '  …',
    '  c',
    '- d',
    '+ D',
    '  e',
    '  …',
  ]);
});

test('shows no line for an empty text', () => {
  expect(lineDiff('', 'a\nb')).toEqual(['+ a', '+ b']);
  expect(lineDiff('a', '')).toEqual(['- a']);
});

test('shows nothing when nothing changes', () => {
  expect(lineDiff('a\nb', 'a\r\nb')).toEqual([]);
});

test('contains both texts, line by line', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after);
      const lines = lineDiff(before, after, 1_000);
      const side = (mark: string) => lines.filter((line) => line[0] !== mark).map((line) => line.slice(2));
      expect(side('+').join('\n')).toBe(before);
      expect(side('-').join('\n')).toBe(after);
    }),
  );
});
