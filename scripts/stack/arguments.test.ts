import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('the command line', () => {
  it.each([
    [['up'], { command: 'up' }],
    [['down'], { command: 'down' }],
    [['status', '--runtime', 'docker'], { command: 'status', runtime: 'docker' }],
    [['up', '--runtime=native'], { command: 'up', runtime: 'native' }],
    [['--help'], { command: 'help' }],
    [['up', '-h'], { command: 'help' }],
  ])('%j is understood', (args, expected) => {
    expect(parseArguments(args)).toEqual(expected);
  });

  it.each([
    [[], 'Expected a command up, down or status, got ``'],
    [['start'], 'Expected a command up, down or status, got `start`'],
    [['up', 'down'], 'Expected nothing after up, got `down`'],
    [['up', '--runtime', 'podman'], 'Expected --runtime to be docker or native, got `podman`'],
    [['up', '--fast'], "Unknown option '--fast'"],
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
