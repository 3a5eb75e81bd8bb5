import { afterEach, expect, test, vi } from 'vitest';
import { SessionRegistry } from './registry.ts';
import { thresholds as currentThresholds, thresholdsFrom } from './thresholds.ts';

afterEach(() => vi.unstubAllEnvs());

test('default to 70 and 90', () => {
  const { warning, critical } = thresholdsFrom({ CTXD_WARNING_PERCENT: '' });
  expect([warning.percent, critical.percent]).toEqual([70, 90]);
});

test('come from the environment', () => {
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
    registry.reportUsage('s1', { tokensUsed: percent * 2_000 });
    expect(registry.get('s1')).toMatchObject({ threshold70Count: warning, threshold90Count: critical });
  },
);

test('a registry without thresholds reads them from the environment when it is constructed', () => {
  vi.stubEnv('CTXD_WARNING_PERCENT', '50');
  const registry = new SessionRegistry();
  vi.stubEnv('CTXD_WARNING_PERCENT', '80');
  registry.reportUsage('s1', { tokensUsed: 100_000 });
  expect(registry.get('s1')).toMatchObject({ threshold70Count: 1, threshold90Count: 0 });
  vi.stubEnv('CTXD_WARNING_PERCENT', 'high');
  expect(() => new SessionRegistry()).toThrow(/^Expected CTXD_WARNING_PERCENT .* got `high`$/);
});

test('the exported thresholds are those of the environment at each use, and the defaults after a mistake', () => {
  const percents = () => [currentThresholds.warning.percent, currentThresholds.critical.percent];
  expect(percents()).toEqual([70, 90]);
  vi.stubEnv('CTXD_WARNING_PERCENT', '50');
  expect(percents()).toEqual([50, 90]);
  vi.stubEnv('CTXD_CRITICAL_PERCENT', '40');
  expect(percents()).toEqual([70, 90]);
});
