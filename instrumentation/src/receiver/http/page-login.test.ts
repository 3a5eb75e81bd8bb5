import { expect, test } from 'vitest';
import { PageLogin, signInQuery } from './page-login.ts';

const codeIn = (query: string) => new URLSearchParams(query).get('code') ?? '';
const headers = { host: '127.0.0.1:4319' };

test('takes the code of a link once, within a minute', () => {
  const login = new PageLogin('secret');
  const code = codeIn(signInQuery('secret', 1_000));
  expect(login.takes(code, 61_001)).toBe(false);
  expect(login.takes(code, 61_000)).toBe(true);
  expect(login.takes(code, 2_000)).toBe(false);
  const next = codeIn(signInQuery('secret', 500_000));
  expect(login.takes(next, 500_000)).toBe(true);
  expect(login.takes(code, 500_000)).toBe(false);
});

test.each([
  ['', 'nothing'],
  ['9999999999999', 'no key'],
  ['9999999999999.', 'an empty key'],
  [codeIn(signInQuery('other', 1_000)), 'the code of another receiver'],
  [codeIn(signInQuery('secret', 1_000)).replace('61000', '99000'), 'a code with a later end'],
])('refuses `%s`, %s', (code) => {
  expect(new PageLogin('secret').takes(code, 1_000)).toBe(false);
});

test('knows the browsers that it signed in, until the token changes', () => {
  const [cookie = ''] = new PageLogin('secret').cookie(headers).split(';');
  expect(new PageLogin('secret').isSignedIn({ ...headers, cookie: `a=b; ${cookie}` })).toBe(true);
  expect(new PageLogin('changed').isSignedIn({ ...headers, cookie })).toBe(false);
  expect(new PageLogin('secret').isSignedIn({ host: '127.0.0.1:5319', cookie })).toBe(false);
  expect(new PageLogin('secret').isSignedIn({ ...headers, cookie: 'ctxd-4319=' })).toBe(false);
  expect(new PageLogin('secret').isSignedIn(headers)).toBe(false);
});

test('keeps the cookie from scripts and from requests of other sites', () => {
  expect(new PageLogin('secret').cookie(headers)).toMatch(
    /^ctxd-4319=[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax$/,
  );
});
