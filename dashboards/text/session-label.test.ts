import { expect, test } from 'vitest';
import { sessionLabels, shortId } from './session-label.ts';

const labelsOf = (...sessions: Parameters<typeof sessionLabels>[0]) => [...sessionLabels(sessions).values()];

test.each([
  [{ id: 'aaaa1111', name: 'fix the login', project: 'shop' }, 'fix the login'],
  [{ id: 'aaaa1111', project: 'shop' }, 'shop'],
  [{ id: '3f2a1b40-51c3-4bb8-9f65-0c0f3d1b8a11' }, '3f2a1b40'],
  [{ id: 'conn_127.0.0.1:52341' }, 'conn_127.0.0.1:52341'],
  [{ id: 'x'.repeat(128), name: '' }, 'x'.repeat(24)],
])('a session %j is called %s', (session, label) => {
  expect(labelsOf(session)).toEqual([label]);
});

test('two sessions of one project are told apart by the first characters of their ids', () => {
  expect(labelsOf({ id: '66660000', project: 'shop' }, { id: '77770000', project: 'shop' })).toEqual([
    'shop (6666)',
    'shop (7777)',
  ]);
});

test('ids that begin alike are shown until they differ', () => {
  expect(labelsOf({ id: 'conn_1', name: 'a' }, { id: 'conn_2', name: 'a' })).toEqual([
    'a (conn_1)',
    'a (conn_2)',
  ]);
});

test('a name that is another session’s project counts as alike', () => {
  expect(labelsOf({ id: '11110000', name: 'shop' }, { id: '22220000', project: 'shop' })).toEqual([
    'shop (1111)',
    'shop (2222)',
  ]);
});

test('a label never moves to another session while one looks', () => {
  const first = sessionLabels([{ id: '11110000', project: 'shop' }]);
  expect([...first.values()]).toEqual(['shop']);
  const second = sessionLabels([{ id: '22220000', project: 'shop' }], first);
  expect([...second.values()]).toEqual(['shop (2222)']);
  const third = sessionLabels([{ id: '33330000', project: 'shop' }], new Map([...first, ...second]));
  expect([...third.values()]).toEqual(['shop (3333)']);
});

test('a short id is the first part of a UUID', () => {
  expect(shortId('3f2a1b40-51c3-4bb8-9f65-0c0f3d1b8a11')).toBe('3f2a1b40');
});
