import { expect, test } from 'vitest';
import { SessionRegistry } from './registry.ts';
import { thresholdsFrom } from './thresholds.ts';

test('are 70 and 90 where the environment says nothing', () => {
  const { warning, critical } = thresholdsFrom({ CTXD_WARNING_PERCENT: '' });
  expect([warning.percent, critical.percent]).toEqual([70, 90]);
});

test('are what the environment says', () => {
  const { warning, critical } = thresholdsFrom({ CTXD_WARNING_PERCENT: '62.5', CTXD_CRITICAL_PERCENT: '80' });
  expect([warning.percent, critical.percent]).toEqual([62.5, 80]);
});

test.each([
  [
    { CTXD_WARNING_PERCENT: 'high' },
    'Expected CTXD_WARNING_PERCENT to be a percentage above 0 and up to 100, got `high`',
  ],
  [
    { CTXD_CRITICAL_PERCENT: '101' },
    'Expected CTXD_CRITICAL_PERCENT to be a percentage above 0 and up to 100, got `101`',
  ],
  [
    { CTXD_WARNING_PERCENT: '0' },
    'Expected CTXD_WARNING_PERCENT to be a percentage above 0 and up to 100, got `0`',
  ],
  [
    { CTXD_WARNING_PERCENT: '90' },
    'Expected CTXD_WARNING_PERCENT to be below CTXD_CRITICAL_PERCENT, got `90` and `90`',
  ],
])('refuse %j in one sentence', (env, message) => {
  expect(() => thresholdsFrom(env)).toThrow(new RangeError(message));
});

test.each([
  [49.9, 0, 0],
  [50, 1, 0],
  [59.9, 1, 0],
  [60, 1, 1],
])(
  'a registry with 50 and 60 counts a usage of %s % as %s and %s crossings',
  (percent, warning, critical) => {
    const thresholds = thresholdsFrom({ CTXD_WARNING_PERCENT: '50', CTXD_CRITICAL_PERCENT: '60' });
    const registry = new SessionRegistry({ thresholds });
    registry.update('s1', { tokensUsed: percent * 2_000 });
    expect(registry.get('s1')).toMatchObject({ threshold70Count: warning, threshold90Count: critical });
  },
);
