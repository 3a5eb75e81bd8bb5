import { compare } from 'bcryptjs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { alertmanagerAccess } from './alertmanager-access.ts';

const usersIn = (text: string): Record<string, string> => parse(text).basic_auth_users;

test('accepts one user with the right password only, and does not contain the password', async () => {
  const access = await alertmanagerAccess('open sesame', '');
  const users = usersIn(access);
  expect(Object.keys(users)).toEqual(['ctxd']);
  expect(users['ctxd']).toMatch(/^\$2b\$04\$/);
  expect(await compare('open sesame', users['ctxd'] ?? '')).toBe(true);
  expect(await compare('sesame', users['ctxd'] ?? '')).toBe(false);
  expect(access).not.toContain('sesame');
});

test('stays as it is while it matches the password', async () => {
  const before = await alertmanagerAccess('open sesame', '');
  expect(await alertmanagerAccess('open sesame', before)).toBe(before);
});

test.each([
  ['a hash of another password', async () => await alertmanagerAccess('sesame', '')],
  ['a truncated one', async () => (await alertmanagerAccess('open sesame', '')).slice(0, 40)],
  ['one that accepts everyone', async () => 'basic_auth_users: {}\n'],
])('replaces %s', async (_, before) => {
  const { ctxd = '' } = usersIn(await alertmanagerAccess('open sesame', await before()));
  expect(await compare('open sesame', ctxd)).toBe(true);
});

test('drops other users that were added', async () => {
  const before = await alertmanagerAccess('open sesame', '');
  const { ctxd = '' } = usersIn(before);
  const widened = `${before}  guest: ${ctxd}\n`;
  expect(usersIn(await alertmanagerAccess('open sesame', widened))).toEqual({ ctxd });
});
