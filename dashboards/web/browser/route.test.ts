import { expect, test } from 'vitest';
import { routeOf, sessionAddress } from './route.ts';

test.each([
  ['', { view: 'overview' }],
  ['#/', { view: 'overview' }],
  ['#/nowhere', { view: 'overview' }],
  ['#/alerts', { view: 'alerts' }],
  ['#/session/a%2Fb%20%C3%A9', { view: 'session', id: 'a/b é' }],
  ['#/session/%E0%A4%A', { view: 'session', id: '%E0%A4%A' }],
  ['#/session/a?from=9&to=5', { view: 'session', id: 'a' }],
])('parses %s as %j', (hash, route) => {
  expect(routeOf(hash)).toEqual(route);
});

test('parses the URL of a session back into its id and time range', () => {
  const id = 'conn_?#&=/%';
  expect(routeOf(sessionAddress(id, { from: 5.5, to: 9.5 }))).toEqual({
    view: 'session',
    id,
    span: { from: 5, to: 10 },
  });
});
