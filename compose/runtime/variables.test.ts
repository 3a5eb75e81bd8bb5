import { expect, test } from 'vitest';
import { variablesOf, withVariables } from './variables.ts';

const place = { PATH: '/bin', CTXD_STATE_DIR: '/state', CTXD_GRAFANA_PORT: '1' };

test('remembers what the environment says of the stack, and not where that is', () => {
  const settings = { CTXD_RETENTION: '30d', CLAUDE_CODE_MAX_CONTEXT_TOKENS: '200000' };
  expect(variablesOf({ ...place, ...settings, CTXD_BIND: '' })).toEqual(settings);
});

test('puts in place of what the environment says what was remembered, and nothing in place of what was not', () => {
  const now = { ...place, CTXD_RETENTION: '30d', CTXD_BIND: '0.0.0.0' };
  expect(withVariables(now, { CTXD_RETENTION: '90d' })).toEqual({ ...place, CTXD_RETENTION: '90d' });
});
