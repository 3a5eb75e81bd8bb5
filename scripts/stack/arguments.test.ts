import { describe, expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('the command line', () => {
  test.each([
    [['up'], { command: 'up', without: [], timeoutMillis: 60_000, rollback: true, json: false, open: false }],
    [['down'], { command: 'down' }],
    [['status', '--runtime', 'docker'], { command: 'status', runtime: 'docker' }],
    [['up', '--runtime=native'], { command: 'up', runtime: 'native' }],
    [
      ['up', '--ports', 'auto', '--timeout', '5', '--json'],
      { autoPorts: true, timeoutMillis: 5_000, json: true },
    ],
    [['up', '--without', 'grafana,vmalert'], { without: ['grafana', 'vmalert'] }],
    [
      ['up', '--dry-run', '--open', '--pull', '--no-rollback'],
      { dryRun: true, open: true, pull: true, rollback: false },
    ],
    [['logs'], { command: 'logs', tail: 50, follow: false }],
    [['logs', 'vmalert', '-f', '--tail', '0'], { command: 'logs', part: 'vmalert', tail: 0, follow: true }],
    [['restart', 'collector'], { command: 'restart', part: 'collector' }],
    [['backup', 'a.tar.gz'], { command: 'backup', file: 'a.tar.gz' }],
    [['restore', 'a.tar.gz', '-y'], { command: 'restore', file: 'a.tar.gz', yes: true }],
    [['--help'], { command: 'help' }],
    [['up', '-h'], { command: 'help' }],
  ])('%j is parsed', (args, expected) => {
    expect(parseArguments(args)).toMatchObject(expected);
  });

  test.each([
    [
      [],
      'Expected one of the commands up, down, status, logs, restart, open, upgrade, backup, restore, reset, got none',
    ],
    [['start'], 'got `start`'],
    [['up', 'down'], 'Expected nothing after up, got `down`'],
    [['logs', 'vmalert', 'grafana'], 'Expected nothing after logs, got `grafana`'],
    [['logs', 'prometheus'], 'Expected one of the parts collector, victoriametrics,'],
    [['backup'], 'Expected backup to be followed by a file'],
    [['up', '--runtime', 'podman'], 'Expected --runtime to be docker or native, got `podman`'],
    [['up', '--ports', '1'], 'Expected --ports to be auto, got `1`'],
    [['up', '--without', 'collector'], 'to keep collector and victoriametrics, got `collector`'],
    [['up', '--timeout', '0'], 'Expected --timeout to be a whole number of at least 1, got `0`'],
    [['logs', '--tail', 'all'], 'Expected --tail to be a whole number of at least 0, got `all`'],
    [['up', '--fast'], "Unknown option '--fast'.\nSee npm run stack:up -- --help"],
  ])('%j is refused with the rule, the remedy and status 2', (args, rule) => {
    expect(refusalOf(args)).toMatchObject({
      message: expect.stringContaining(rule),
      exitCode: 2,
    });
    expect(() => parseArguments(args)).toThrow('\nSee npm run stack:up -- --help');
  });
});

function refusalOf(args: string[]): unknown {
  try {
    return parseArguments(args);
  } catch (error) {
    return error;
  }
}
