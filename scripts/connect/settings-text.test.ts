import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { carryOver, formattedLike } from './settings-text.ts';

type Json = Record<string, unknown>;

const settings = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom('env', 'hooks', 'statusLine', '__proto__')),
  fc.jsonValue(),
) as fc.Arbitrary<Json>;
const indent = fc.constantFrom('', ' ', '  ', '\t', '   ');
const text = (value: unknown, space: string) => JSON.stringify(value, null, space);

describe('applying a change to a text', () => {
  test('adds a member at the end and keeps every other byte', () => {
    const base = '{\n   "b" : [1,2 ,3],\n\t"a": "\\u00e9"\n}\n';
    const next = '{ "b": [1, 2, 3], "a": "é", "c": true }';
    expect(carryOver(base, base, next)).toBe('{\n   "b" : [1,2 ,3],\n\t"a": "\\u00e9",\n\t"c": true\n}\n');
  });

  test('fills an empty object with the formatting of the other text', () => {
    expect(carryOver('{}\n', '{}\n', '{\n  "a": 1\n}')).toBe('{\n  "a": 1\n}\n');
  });

  test('replaces a value with its text in the other version', () => {
    const base = '{ "a": "\\u00e9", "b": 2 }';
    const next = '{ "a": "x", "b": 2 }';
    expect(carryOver(carryOver(base, base, next), next, base)).toBe(base);
  });

  test('removes our element from an array and keeps its neighbours', () => {
    const current = '{"h": [ 1, {"ours": true}, 2 ]}';
    expect(carryOver(current, '{"h": [{"ours": true}]}', '{}')).toBe('{"h": [ 1, 2 ]}');
  });

  test('keeps a value that somebody else has changed', () => {
    expect(carryOver('{"a": "theirs"}', '{"a": "ours"}', '{"a": "before"}')).toBe('{"a": "theirs"}');
  });

  test('removes an object that we created only if nothing else is in it', () => {
    const base = '{"env": {"OURS": "1"}}';
    expect(carryOver('{"env": {"OURS": "1"}}', base, '{}')).toBe('{}');
    expect(carryOver('{"env": {"OURS": "1", "T": "2"}}', base, '{}')).toBe('{"env": {"T": "2"}}');
  });

  test('keeps the line endings and the byte order mark', () => {
    const base = '\uFEFF{\r\n  "a": 1\r\n}\r\n';
    const next = formattedLike(base, { a: 1, b: { c: 2 } });
    expect(carryOver(base, base, next)).toBe(
      '\uFEFF{\r\n  "a": 1,\r\n  "b": {\r\n    "c": 2\r\n  }\r\n}\r\n',
    );
  });

  test('turns any text into any other version', () => {
    const arrays = (value: unknown): boolean =>
      Array.isArray(value) ||
      (typeof value === 'object' && value !== null && Object.values(value).some(arrays));
    fc.assert(
      fc.property(settings, settings, indent, (before, after, space) => {
        fc.pre(!arrays(before) || !arrays(after));
        const base = text(before, space);
        const edited = carryOver(base, base, formattedLike(base, after));
        expect(JSON.parse(edited)).toEqual(JSON.parse(text(after, '')));
      }),
    );
  });

  test('restores the exact bytes after members are added and removed again', () => {
    fc.assert(
      fc.property(settings, settings, indent, (before, added, space) => {
        const own = Object.fromEntries(Object.entries(added).map(([name, value]) => [`ours ${name}`, value]));
        fc.pre(Object.keys(before).length > 0);
        const base = text(before, space);
        const next = carryOver(base, base, formattedLike(base, { ...before, ...own }));
        expect(carryOver(next, next, base)).toBe(base);
      }),
    );
  });

  test('keeps edits made in between, byte for byte', () => {
    fc.assert(
      fc.property(settings, settings, fc.jsonValue(), indent, (before, added, theirs, space) => {
        const own = Object.fromEntries(Object.entries(added).map(([name, value]) => [`ours ${name}`, value]));
        fc.pre(Object.keys(before).length > 0);
        const base = text(before, space);
        const edit = (file: string) => carryOver(file, '{}', formattedLike(base, { 'their own': theirs }));
        const next = carryOver(base, base, formattedLike(base, { ...before, ...own }));
        expect(carryOver(edit(next), next, base)).toBe(edit(base));
      }),
    );
  });
});
