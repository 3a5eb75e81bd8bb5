import { expect, test } from 'vitest';
import { diagnose } from './diagnosis.ts';

test.each([
  ['collector', 'open /queue: no space left on device', 'the disk is full'],
  ['grafana', 'database or disk is full', 'the disk is full'],
  ['vmalert', 'listen tcp 127.0.0.1:8880: bind: address already in use', 'another program took its port'],
  [
    'victoriametrics',
    'cannot create dir: permission denied',
    'it is not allowed to read or write one of its files',
  ],
  [
    'victoriametrics',
    'FATAL: cannot acquire lock on file flock.lock',
    'another VictoriaMetrics uses the same data',
  ],
  ['victoriametrics', 'FATAL: cannot parse parts.json', 'its data is damaged'],
  ['grafana', 'database disk image is malformed', 'its database is damaged'],
  ['alertmanager', 'Loading configuration file failed', 'it rejects its configuration'],
] as const)('the log of %s with `%s` means that %s', (part, log, reason) => {
  expect(diagnose(part, `first line\n${log}\nlast line`)?.reason).toBe(reason);
});

test('an unknown log line has no diagnosis', () => {
  expect(diagnose('vmalert', 'cannot parse the metadata of the index')).toBeUndefined();
  expect(diagnose('collector', '')).toBeUndefined();
});
