import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../compose/runtime/test-folder.ts';
import { environmentWarnings, settingsFileWarnings } from './setting-warnings.ts';
import { addSettings, readSettingsFiles } from '../reach/settings-file.ts';

test('warns about unknown variables and suggests the nearest known one', () => {
  expect(
    environmentWarnings({ CTXD_RETENTON: '30d', CTXD_RETENTION: '30d', CTXD_QQQ: '1', OTHER: 'x' }),
  ).toEqual([
    'CTXD_RETENTON is not a setting of ctxd. Did you mean CTXD_RETENTION?',
    'CTXD_QQQ is not a setting of ctxd.',
  ]);
});

test('warns about the lines of ctxd.env that are wrong, by number and without their text', () => {
  const text = `# comment

CTXD_BIND=0.0.0.0
export CTXD_RETENTION = "30d" # kept
CTXD_ALERT_SLAK_URL_FILE=/secret
CTXD_TOKEN: secret
EDITOR=vi
CTXD_MODEL_WINDOWS='a
not a line of its own'
nonsense`;
  expect(settingsFileWarnings({ name: 'ctxd.env', text })).toEqual([
    'ctxd.env:5: CTXD_ALERT_SLAK_URL_FILE is not a setting of ctxd. Did you mean CTXD_ALERT_SLACK_URL_FILE?',
    'ctxd.env:6: ignored, because it is not NAME=value.',
    'ctxd.env:10: ignored, because it is not NAME=value.',
  ]);
});

test("the environment wins over the clone's ctxd.env, and that over the user's own", () => {
  const env: NodeJS.ProcessEnv = { CTXD_BIND: '127.0.0.2' };
  const files = [
    { name: 'ctxd.env', text: 'CTXD_BIND=0.0.0.0\nCTXD_RETENTION=30d\n' },
    { name: '~/.config/ctxd/ctxd.env', text: 'CTXD_RETENTION=1y\nCTXD_PROJECT=mine\n' },
  ];
  addSettings(env, files);
  expect(env).toEqual({ CTXD_BIND: '127.0.0.2', CTXD_RETENTION: '30d', CTXD_PROJECT: 'mine' });
});

test("reads ctxd.env in the user's folder for settings, if there is one", async () => {
  await using folder = await testFolder();
  const env = { XDG_CONFIG_HOME: folder.path };
  const own = () => readSettingsFiles(env).filter(({ name }) => name !== 'ctxd.env');
  expect(own()).toEqual([]);
  const name = join(folder.path, 'ctxd/ctxd.env');
  await mkdir(join(folder.path, 'ctxd'));
  await writeFile(name, 'CTXD_RETENTION=30d\n');
  expect(own()).toEqual([{ name, text: 'CTXD_RETENTION=30d\n' }]);
});
