import { expect, test } from 'vitest';
import { stateDirIn } from '#state-dir';
import { cacheDirFrom, configDirFrom } from './folders.ts';

const home = { HOME: '/home/me' };

test.each([
  ['linux', '/home/me/.local/state/ctxd', '/home/me/.cache/ctxd'],
  ['darwin', '/home/me/Library/Application Support/ctxd', '/home/me/Library/Caches/ctxd'],
] as const)('on %s, state is in %s and the cache in %s', (platform, state, cache) => {
  expect([stateDirIn(home, platform), cacheDirFrom(home, platform)]).toEqual([state, cache]);
});

test.each(['linux', 'darwin'] as const)('on %s, the XDG variables win', (platform) => {
  const env = { ...home, XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/c', XDG_CONFIG_HOME: '/x' };
  expect(stateDirIn(env, platform)).toBe('/s/ctxd');
  expect(cacheDirFrom(env, platform)).toBe('/c/ctxd');
  expect(configDirFrom(env)).toBe('/x/ctxd');
  expect(stateDirIn({ ...env, CTXD_STATE_DIR: '/mine' }, platform)).toBe('/mine');
});

test('settings are in ~/.config everywhere', () => {
  expect(configDirFrom(home)).toBe('/home/me/.config/ctxd');
});
