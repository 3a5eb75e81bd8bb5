import { expect, test } from 'vitest';
import { alertSettingsFrom } from './settings.ts';

test('an empty environment sets nothing', () => {
  expect(alertSettingsFrom({ CTXD_ALERT_HOLD_SECONDS: '' })).toEqual({});
});

test('reads the numbers and the folder of the runbooks', () => {
  expect(
    alertSettingsFrom({ CTXD_ALERT_FULL_SOON_MINUTES: '5', CTXD_ALERT_RUNBOOK_BASE: 'https://example.com' }),
  ).toEqual({ fullSoonMinutes: 5, runbookBase: 'https://example.com' });
});

test.each([
  ['CTXD_ALERT_HOLD_SECONDS', '5', 'a number from 6 to 300'],
  ['CTXD_ALERT_RATE_LIMIT_PERCENT', '100.1', 'a number from 1 to 100'],
  ['CTXD_ALERT_OVERDUE_MINUTES', 'soon', 'a number from 1 to 1440'],
])('refuses %s=%s in one sentence', (variable, value, rule) => {
  expect(() => alertSettingsFrom({ [variable]: value })).toThrow(
    new RangeError(`Expected ${variable} to be ${rule}, got \`${value}\``),
  );
});

test('refuses a hold that ends before the next evaluation', () => {
  expect(() => alertSettingsFrom({ CTXD_ALERT_INTERVAL_SECONDS: '6' })).toThrow(
    'Expected CTXD_ALERT_HOLD_SECONDS to be at least 5 more than CTXD_ALERT_INTERVAL_SECONDS, got `10` and `6`',
  );
  expect(alertSettingsFrom({ CTXD_ALERT_INTERVAL_SECONDS: '5' })).toEqual({ intervalSeconds: 5 });
});
