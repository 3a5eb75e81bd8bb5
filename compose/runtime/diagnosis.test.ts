import { expect, test } from 'vitest';
import { diagnose } from './diagnosis.ts';

test.each([
  ['collector', 'open /queue: no space left on device', 'the disk is full'],
  ['grafana', 'database or disk is full', 'the disk is full'],
  ['vmalert', 'listen tcp 127.0.0.1:8880: bind: address already in use', 'its port was taken meanwhile'],
  ['victoriametrics', 'cannot create dir: permission denied', 'it may not read or write one of its files'],
  [
    'victoriametrics',
    'FATAL: cannot acquire lock on file flock.lock',
    'another VictoriaMetrics works on the same data',
  ],
  ['victoriametrics', 'FATAL: cannot parse parts.json', 'its data is damaged'],
  ['grafana', 'database disk image is malformed', 'its database is damaged'],
  ['alertmanager', 'Loading configuration file failed', 'it does not accept its configuration'],
] as const)('the log of %s saying `%s` means that %s', (part, log, reason) => {
  expect(diagnose(part, `first line\n${log}\nlast line`)?.reason).toBe(reason);
});

test('what is not known is not guessed', () => {
  expect(diagnose('vmalert', 'cannot parse the metadata of the index')).toBeUndefined();
  expect(diagnose('collector', '')).toBeUndefined();
});
