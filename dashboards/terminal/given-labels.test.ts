import { expect, test } from 'vitest';
import { GivenLabels } from './given-labels.ts';

test('a letter stays with its session, and a later session gets one that is free', () => {
  const given = new GivenLabels();
  given.give([{ id: 'a' }, { id: 'b' }, { id: 'named', name: 'x' }]);
  given.give([{ id: 'c' }, { id: 'b' }]);
  expect(['a', 'b', 'c', 'named'].map((id) => given.letterOf(id))).toEqual(['A', 'B', 'C', undefined]);
});

test('the letters go on as numbers after Z', () => {
  const given = new GivenLabels();
  given.give(Array.from({ length: 28 }, (_, index) => ({ id: `s${index}` })));
  expect(['s0', 's25', 's26', 's27'].map((id) => given.letterOf(id))).toEqual(['A', 'Z', '27', '28']);
});

test('the label of a session that ended is not given to the next one', () => {
  const given = new GivenLabels();
  given.give([{ id: '11110000', project: 'shop' }]);
  given.give([{ id: '22220000', project: 'shop' }]);
  expect(given.labelOf('22220000')).toBe('shop (2222)');
});

test('remembers a thousand sessions that ended, not all', () => {
  const given = new GivenLabels();
  given.give(Array.from({ length: 1_500 }, (_, index) => ({ id: `s${index}` })));
  given.give([{ id: 'last' }]);
  expect([given.labelOf('s0'), given.labelOf('s1499')]).toEqual([undefined, 's1499']);
});
