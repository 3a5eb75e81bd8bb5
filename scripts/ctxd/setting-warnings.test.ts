import { expect, test } from 'vitest';
import { environmentWarnings, settingsFileWarnings } from './setting-warnings.ts';
import { addSettings } from './settings-file.ts';

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
  expect(settingsFileWarnings(text)).toEqual([
    'ctxd.env:5: CTXD_ALERT_SLAK_URL_FILE is not a setting of ctxd. Did you mean CTXD_ALERT_SLACK_URL_FILE?',
    'ctxd.env:6: ignored, because it is not NAME=value.',
    'ctxd.env:10: ignored, because it is not NAME=value.',
  ]);
});

test('the environment wins over ctxd.env', () => {
  const env: NodeJS.ProcessEnv = { CTXD_BIND: '127.0.0.2' };
  addSettings(env, 'CTXD_BIND=0.0.0.0\nCTXD_RETENTION=30d\n');
  expect(env).toEqual({ CTXD_BIND: '127.0.0.2', CTXD_RETENTION: '30d' });
});
