import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { folderOf } from './surface.ts';

const repository = resolve(import.meta.dirname, '../..');

test('works on the folder where the command was typed, which npm passes on', () => {
  expect(folderOf({ INIT_CWD: '/work/shop' }, repository)).toBe('/work/shop');
  expect(folderOf({}, repository)).toBe(repository);
});

test('ignores what npm passed to a program that started this one', () => {
  expect(folderOf({ INIT_CWD: '/work/shop' }, '/work/other')).toBe('/work/other');
});
