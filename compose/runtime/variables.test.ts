import { expect, test } from 'vitest';
import { variablesOf, withVariables } from './variables.ts';

const place = { PATH: '/bin', CTXD_STATE_DIR: '/state', CTXD_GRAFANA_PORT: '1' };

test('records the settings of the stack, but not its location', () => {
  const settings = { CTXD_RETENTION: '30d', CLAUDE_CODE_MAX_CONTEXT_TOKENS: '200000' };
  expect(variablesOf({ ...place, ...settings, CTXD_BIND: '' })).toEqual(settings);
});

test('replaces settings by the recorded ones, and removes those that were not recorded', () => {
  const now = { ...place, CTXD_RETENTION: '30d', CTXD_BIND: '0.0.0.0' };
  expect(withVariables(now, { CTXD_RETENTION: '90d' })).toEqual({ ...place, CTXD_RETENTION: '90d' });
});
