import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecencyMap } from './recency-map.ts';

function mapOf(...keys: string[]): RecencyMap<string> {
  const map = new RecencyMap<string>();
  for (const key of keys) map.set(key, key);
  return map;
}

test('values come in the order in which they were last set', () => {
  expect([...mapOf('a', 'b', 'c', 'a').values()]).toEqual(['b', 'c', 'a']);
});

test('the oldest is the one set longest ago', () => {
  expect(mapOf('a', 'b', 'a').oldest).toBe('b');
  expect(mapOf().oldest).toBeUndefined();
});

test('a renewed value becomes the newest', () => {
  const map = mapOf('a', 'b', 'c');
  expect(map.renew('b')).toBe('b');
  expect(map.renew('d')).toBeUndefined();
  expect([...map.values()]).toEqual(['a', 'c', 'b']);
});

test('a value that is set again replaces the old one', () => {
  const map = mapOf('a');
  map.set('a', 'other');
  expect(map.get('a')).toBe('other');
  expect(map.size).toBe(1);
});

test.each(['a', 'b', 'c'])('after %s is deleted the others keep their order', (key) => {
  const map = mapOf('a', 'b', 'c');
  expect(map.delete(key)).toBe(true);
  expect(map.delete(key)).toBe(false);
  expect([...map.values()]).toEqual(['a', 'b', 'c'].filter((other) => other !== key));
});

test('it behaves like a Map in which an entry is deleted before it is set', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), deleted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const map = new RecencyMap<number>();
      const model = new Map<string, number>();
      steps.forEach(({ key, deleted }, index) => {
        expect(map.get(key)).toBe(model.get(key));
        const known = model.delete(key);
        if (deleted) expect(map.delete(key)).toBe(known);
        else map.set(key, index);
        if (!deleted) model.set(key, index);
        expect([...map.values()]).toEqual([...model.values()]);
        expect(map.oldest).toBe([...model.values()][0]);
        expect(map.size).toBe(model.size);
      });
    }),
  );
});
