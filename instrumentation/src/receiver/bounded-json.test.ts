import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBoundedJson } from './bounded-json.ts';

const parse = (text: string) => parseBoundedJson(Buffer.from(text));
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('reads every JSON value within its limits as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 20 }), fc.constantFrom(undefined, 1, 2, 4), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      expect(parse(spaced)).toEqual(JSON.parse(spaced));
    }),
  );
});

test('brackets and escapes in strings do not count', () => {
  const value = ['['.repeat(500), '\\"[{', '{"a":"\\\\"}', ','.repeat(20_000)];
  expect(parse(JSON.stringify(value))).toEqual(value);
});

test('nesting ends at 10,000', () => {
  expect(parse(nested(10_000))).toBeInstanceOf(Array);
  expect(() => parse(nested(10_001))).toThrow('Expected JSON with less nesting and fewer values');
});

test.each([
  ['lists in lists', '['.repeat(4_000_000)],
  ['objects in objects', '{"a":'.repeat(800_000)],
  ['millions of empty lists', `[${'[],'.repeat(2_000_000)}[]]`],
  ['fields of one object', `{${Array.from({ length: 800_000 }, (_, index) => `"k${index}":1`).join()}}`],
])('refuses %s before it parses them', (_, text) => {
  const bytes = Buffer.from(text);
  expect(() => parseBoundedJson(bytes)).toThrow('less nesting and fewer values');
});

test('never quotes the text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parse(text);
      } catch (error) {
        expect(error).toEqual(new SyntaxError('Expected JSON'));
      }
    }),
  );
});
