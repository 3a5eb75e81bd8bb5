import { mkdir, mkdtempDisposable, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claudeWindowSettings } from './claude-window-settings.ts';

test.each([
  [{}, { autoCompactWindow: 120_000 }, 120_000],
  [{}, { autoCompactWindow: 120_000, env: { CLAUDE_CODE_AUTO_COMPACT_WINDOW: '150000' } }, 150_000],
  [{ CLAUDE_CODE_AUTO_COMPACT_WINDOW: '90000' }, { autoCompactWindow: 120_000 }, 90_000],
  [{}, { autoCompactWindow: 'auto' }, undefined],
  [{}, { autoCompactWindow: 0 }, undefined],
  [{}, 'no settings', undefined],
])(
  'with the environment %j and the settings %j, the auto-compact window is %s',
  async (environment, settings, expected) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'settings-'));
    const settingsPath = join(folder.path, 'settings.json');
    await writeFile(settingsPath, typeof settings === 'string' ? settings : JSON.stringify(settings));
    const { autoCompactWindow } = claudeWindowSettings({ environment, settingsPath });
    expect(autoCompactWindow()).toBe(expected);
  },
);

test.each([
  [{}, {}, 100_000],
  [{ autoCompactWindow: 120_000 }, {}, 120_000],
  [{ autoCompactWindow: 120_000 }, { autoCompactWindow: 150_000 }, 150_000],
  [{ env: { CLAUDE_CODE_AUTO_COMPACT_WINDOW: '130000' } }, { autoCompactWindow: 150_000 }, 130_000],
])('with the project settings %j and %j, the auto-compact window is %s', async (shared, local, expected) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'settings-'));
  const settingsPath = join(folder.path, 'settings.json');
  await writeFile(settingsPath, '{"autoCompactWindow":100000}');
  await mkdir(join(folder.path, 'shop/.claude'), { recursive: true });
  await writeFile(join(folder.path, 'shop/.claude/settings.json'), JSON.stringify(shared));
  await writeFile(join(folder.path, 'shop/.claude/settings.local.json'), JSON.stringify(local));
  const { autoCompactWindow: tokens } = claudeWindowSettings({ environment: {}, settingsPath });
  expect(tokens(join(folder.path, 'shop'))).toBe(expected);
  expect(tokens(join(folder.path, 'elsewhere'))).toBe(100_000);
});

test.each([
  [{}, {}, false],
  [{ CLAUDE_CODE_DISABLE_1M_CONTEXT: '1' }, {}, true],
  [{}, { env: { CLAUDE_CODE_DISABLE_1M_CONTEXT: 'true' } }, true],
  [{ CLAUDE_CODE_DISABLE_1M_CONTEXT: '1' }, { env: { CLAUDE_CODE_DISABLE_1M_CONTEXT: '0' } }, false],
  [{ CLAUDE_CODE_DISABLE_1M_CONTEXT: '0' }, {}, false],
])(
  'with the environment %j and the settings %j, the large window is disabled: %s',
  async (environment, settings, expected) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'settings-'));
    const settingsPath = join(folder.path, 'settings.json');
    await writeFile(settingsPath, JSON.stringify(settings));
    const { isLargeDisabled } = claudeWindowSettings({ environment, settingsPath });
    expect(isLargeDisabled()).toBe(expected);
  },
);

test('the auto-compact window follows its file', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'settings-'));
  const settingsPath = join(folder.path, 'settings.json');
  let millis = 0;
  const { autoCompactWindow: tokens } = claudeWindowSettings({
    environment: {},
    settingsPath,
    now: () => millis,
  });
  expect(tokens()).toBeUndefined();
  await writeFile(settingsPath, '{"autoCompactWindow":120000}');
  millis += 5_000;
  expect(tokens()).toBe(120_000);
  await writeFile(settingsPath, '{"autoCompactWindow":90000}');
  await utimes(settingsPath, 1, 1);
  expect(tokens()).toBe(120_000);
  millis += 5_000;
  expect(tokens()).toBe(90_000);
  await rm(settingsPath);
  millis += 5_000;
  expect(tokens()).toBeUndefined();
});
