import { expect, test } from 'vitest';
import { forEachPart, type PartName, partNamed } from '../parts.ts';
import { surroundingsOf } from './surroundings.ts';

test('CTXD_BIND opens only the parts that authenticate everyone', () => {
  const stack = {
    stateDir: '/state',
    ports: forEachPart(() => ({ main: 1, health: 1 })),
    env: { CTXD_BIND: '0.0.0.0' },
  };
  const listen = (name: PartName, role?: 'health') => surroundingsOf(partNamed(name), stack).listen(role);
  expect(listen('collector')).toBe('0.0.0.0:1');
  expect(listen('grafana')).toBe('0.0.0.0:1');
  expect(listen('collector', 'health')).toBe('127.0.0.1:1');
  for (const name of ['victoriametrics', 'vmalert', 'alertmanager', 'receiver'] as const)
    expect(listen(name)).toBe('127.0.0.1:1');
});
